/**
 * Answers /metrics for a monitoring system that shows its token, and for a session. A local port is open to every user
 * of this host, whom the daemon would not answer, so that nothing is answered without one of them.
 */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { getCookie } from "hono/cookie";
import { within } from "../../host/timers.ts";
import { type MetricsFormat, renderMetrics } from "../../telemetry/render-metrics.ts";
import type { DaemonReader } from "../daemon-reader.ts";
import type { IsMetricsToken } from "../metrics-token.ts";
import { WebError } from "../web-error.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { cookieName, isOfProxyUser, type LoginParts, originOf } from "./log-in-routes.ts";

export interface MetricsParts extends LoginParts {
  readonly reader: DaemonReader;
  readonly connections: ConnectionLimit;
  /** undefined: no token is configured. */
  readonly isMetricsToken: IsMetricsToken | undefined;
}

interface MetricsEnv {
  Bindings: HttpBindings;
}

/** Milliseconds for which an answer is shared, so that many scrapers cost the daemon as much as one. */
const FRESH_MS = 1000;
/** Maximum milliseconds to wait for the daemon. */
const PATIENCE_MS = 8000;

const OPEN_METRICS = "application/openmetrics-text";
const TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: `${OPEN_METRICS}; version=1.0.0; charset=utf-8`,
  text: "text/plain; version=0.0.4; charset=utf-8",
};

export function createMetricsRoute(
  parts: MetricsParts,
): (context: Context<MetricsEnv>) => Promise<Response> {
  return async (context) => {
    requireAccess(parts, context);
    parts.connections.keep(context.env.incoming.socket);
    const patience = patienceOf(context.req.header("X-Prometheus-Scrape-Timeout-Seconds"));
    const metrics = await within(parts.reader.ask("metrics", {}, FRESH_MS), patience);
    if (metrics === "elapsed" || metrics === "aborted")
      throw new WebError("daemon-slow", "the daemon did not answer in time", {
        hint: "look at it: bailiff status",
      });
    const format = formatOf(context);
    const headers = { "Content-Type": TYPES[format], Vary: "Accept" };
    return context.body(renderMetrics(metrics, format), 200, headers);
  };
}

function requireAccess(parts: MetricsParts, context: Context<MetricsEnv>): void {
  const { isMetricsToken, sessions, settings, uptime, logRefusal } = parts;
  const authorization = context.req.header("Authorization");
  if (authorization !== undefined && isMetricsToken?.(authorization) === true) return;
  const cookie = getCookie(context, cookieName(settings));
  const session = sessions.find(cookie, context.req.header("X-Bailiff-Token"), uptime());
  if (session !== undefined && isOfProxyUser(session.user, settings, context)) return;
  const what = authorization === undefined ? "no token" : "a wrong token";
  logRefusal(`a request for /metrics${originOf(context)} was refused: it has ${what}`);
  context.header("WWW-Authenticate", "Bearer");
  throw new WebError("token-needed", `/metrics needs a token, and the request has ${what}`, {
    hint:
      isMetricsToken === undefined
        ? "set metrics_token_file in web.toml, and authorization in the scrape configuration"
        : "Authorization: Bearer TOKEN, with the content of metrics_token_file",
  });
}

/** Returns milliseconds within which the scraper still receives an answer. */
function patienceOf(timeout: string | undefined): number {
  const seconds = Number(timeout);
  return seconds > 0 ? Math.min(PATIENCE_MS, seconds * 900) : PATIENCE_MS;
}

/** Returns OpenMetrics if the client prefers it to other formats, in a version that is known here. */
function formatOf(context: Context): MetricsFormat {
  const isKnown = ({ version = "1.0.0" }: Readonly<Record<string, string>>): boolean =>
    version === "1.0.0" || version === "0.0.1";
  const type = accepts(context, {
    ...{ header: "Accept", supports: [OPEN_METRICS, "text/plain"], default: "text/plain" },
    match: (accepted, { default: other }) => {
      const best = accepted
        .filter(({ type: one, params, q }) => q > 0 && (one !== OPEN_METRICS || isKnown(params)))
        .toSorted((a, b) => b.q - a.q);
      return best[0]?.type ?? other;
    },
  });
  return type === OPEN_METRICS ? "openmetrics" : "text";
}
