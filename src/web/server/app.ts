/** Puts the dashboard's HTTP interface together: guards and headers of every request, then login, questions, the page. */
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import * as v from "valibot";
import { CodedError } from "../../domain/errors.ts";
import { stackOf } from "../../domain/thrown-error.ts";
import type { ErrorReply } from "../web-messages.ts";
import { type ApiParts, createApiRoutes } from "./api-routes.ts";
import { createLoginRoutes } from "./log-in-routes.ts";
import type { FindPageFile, PageFile } from "./page-files.ts";
import { createMetricsRoute, type MetricsParts } from "./metrics-route.ts";
import { leaveLocalhost, refuseRequest } from "./request-guard.ts";
import { securityHeaders } from "./security-headers.ts";
import { isLoopback, urlHostOf, type WebSettings } from "../web-settings.ts";

export interface AppParts extends ApiParts, MetricsParts {
  readonly findPage: FindPageFile;
}

export function createApp(parts: AppParts): Hono {
  const { settings, findPage } = parts;
  const headers = Object.entries(securityHeaders(settings.tls !== undefined));
  const names = new Set([...settings.hosts, ...listenName(settings)]);
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of headers) context.res.headers.set(name, value);
    if (!isPage("GET", context.req.path)) context.res.headers.set("Cache-Control", "no-store");
  });
  const loopback = loopbackOf(settings);
  const scheme = settings.tls === undefined ? "http" : "https";
  app.use(async (context, next) => {
    const { method, path, url } = context.req;
    const [host, origin, site] = ["Host", "Origin", "Sec-Fetch-Site"].map((name) =>
      context.req.header(name),
    );
    const moved = loopback === undefined ? undefined : leaveLocalhost(host, loopback);
    if (moved !== undefined) {
      const place = `${scheme}://${moved}${path}`;
      if (isPage(method, path)) return context.redirect(`${place}${new URL(url).search}`, 307);
      const message = "this dashboard is not served as localhost, where another program may answer";
      return sendError(context, 421, "other-host", message, `use ${place}`);
    }
    const refusal = refuseRequest({ method, path, host, origin, site }, names);
    if (refusal === undefined) return next();
    const { status, code, message, hint } = refusal;
    return context.json({ error: { code, message, hint } } satisfies ErrorReply, status);
  });
  app.get("/metrics", createMetricsRoute(parts));
  app.route("/api/login", createLoginRoutes(parts));
  app.route("/api", createApiRoutes(parts));
  app.get("*", (context) => {
    const file = findPage(context.req.path);
    return file === undefined ? context.notFound() : sendFile(context, file);
  });
  app.notFound((context) => sendError(context, 404, "not-found", "there is nothing here"));
  app.onError((error, context) => explain(error, context, parts.log));
  return app;
}

function isPage(method: string, path: string): boolean {
  return (
    (method === "GET" || method === "HEAD") && !path.startsWith("/api/") && path !== "/metrics"
  );
}

/**
 * Returns the address on which it listens, as in URLs: no name, so no other site can make a browser use it. Behind a
 * proxy, localhost is the proxy's.
 */
function listenName({ listen }: WebSettings): readonly string[] {
  return listen.kind === "unix" ? ["localhost"] : [urlHostOf(listen.host)];
}

/** Returns the address of this host that is used instead of localhost; undefined: it listens on no port. */
function loopbackOf({ listen }: WebSettings): string | undefined {
  if (listen.kind === "unix") return undefined;
  return isLoopback(listen.host) ? urlHostOf(listen.host) : "127.0.0.1";
}

function sendFile(context: Context, { type, etag, plain, brotli }: PageFile): Response {
  const isBrotli = context.req.header("Accept-Encoding")?.includes("br") === true;
  const headers = {
    "Content-Type": type,
    // Asked again each time, so that an upgrade shows; the answer is short while nothing changed.
    "Cache-Control": "no-cache",
    ETag: etag,
    Vary: "Accept-Encoding",
    ...(isBrotli ? { "Content-Encoding": "br" } : {}),
  };
  if (context.req.header("If-None-Match") === etag) return context.body(null, 304, headers);
  return context.body(isBrotli ? brotli : plain, 200, headers);
}

type Status = 400 | 401 | 403 | 404 | 413 | 421 | 429 | 500 | 503;

/** Status of each error; every other one means that the daemon cannot be asked. */
const STATUSES: ReadonlyMap<string, Status> = new Map([
  ["bad-input", 400],
  ["no-address", 400],
  ["network-too-wide", 400],
  ["login-needed", 401],
  ["login-failed", 401],
  ["token-needed", 401],
  ["permission-denied", 403],
  ["unknown-jail", 404],
  ["nothing-to-undo", 404],
  ["login-limited", 429],
]);

function explain(error: Error, context: Context, log: (line: string) => void): Response {
  if (error instanceof CodedError) {
    const { code, message, hint } = error;
    return sendError(context, STATUSES.get(code) ?? 503, code, message, hint);
  }
  // Thrown by bodyLimit only.
  if (error instanceof HTTPException)
    return sendError(context, 413, "too-long", "the request is too long");
  if (error instanceof v.ValiError)
    return sendError(context, 400, "bad-input", "not a request of this page");
  log(`a bug: ${stackOf(error)}`);
  return sendError(context, 500, "bug", "the dashboard failed to answer", "its log says more");
}

function sendError(
  context: Context,
  status: Status,
  code: string,
  message: string,
  hint?: string,
): Response {
  const error = { code, message, hint: hint ?? null };
  return context.json({ error } satisfies ErrorReply, status);
}
