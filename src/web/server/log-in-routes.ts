/** Logs users in: by one-time link, by password, or as the trusted proxy says. */
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { setCookie } from "hono/cookie";
import * as v from "valibot";
import { createSerialQueue } from "../../host/serial-queue.ts";
import type { LoginLimit } from "../login/login-limit.ts";
import type { LoginLinks } from "../login/login-links.ts";
import { MAX_PASSWORD_LENGTH, verifyPassword } from "../login/password.ts";
import { MAX_SESSION_MS, type Sessions } from "../login/sessions.ts";
import { isUserName, type WebUser } from "../roles.ts";
import type { LoginReply } from "../web-messages.ts";
import type { WebSettings } from "../web-settings.ts";
import { WebError } from "../web-error.ts";
import { remotePeer } from "./remote-peer.ts";

interface LoginEnv {
  Bindings: HttpBindings;
}

export interface LoginParts {
  readonly settings: WebSettings;
  readonly sessions: Sessions;
  readonly links: LoginLinks;
  readonly limit: LoginLimit;
  /** Milliseconds since the machine started: a step of the wall clock ends no session and lengthens no wait. */
  readonly uptime: () => number;
  /** Writes a line for the administrator. */
  readonly log: (line: string) => void;
  /** As `log`, for lines that a client causes who has no rights: many are only counted. */
  readonly logRefusal: (line: string) => void;
}

const LOGIN = v.union([
  v.strictObject({ link: v.pipe(v.string(), v.maxLength(1024)) }),
  v.strictObject({
    name: v.pipe(v.string(), v.check(isUserName)),
    password: v.pipe(v.string(), v.maxLength(MAX_PASSWORD_LENGTH)),
  }),
  v.strictObject({}),
]);

const MAX_BODY_BYTES = 8192;
/** Maximum number of passwords that wait to be checked; each check takes some 100 ms and 16 MB. */
const MAX_WAITING = 4;

export function createLoginRoutes(parts: LoginParts): Hono<LoginEnv> {
  const checkPassword = createPasswordCheck(parts);
  return new Hono<LoginEnv>().post("/", bodyLimit({ maxSize: MAX_BODY_BYTES }), async (context) => {
    const body = v.safeParse(LOGIN, await context.req.json().catch(() => undefined));
    if (!body.success) throw new WebError("bad-input", "not a login of this page");
    const { output } = body;
    const user =
      "link" in output
        ? takeLink(parts, output.link, originOf(context))
        : "name" in output
          ? await checkPassword(output, originOf(context))
          : readProxyUser(parts, context);
    return openSession(parts, context, user);
  });
}

/** Returns the name of the session's cookie. The prefix makes browsers refuse it from other hosts and without TLS. */
export function cookieName({ tls }: Pick<WebSettings, "tls">): string {
  return tls === undefined ? "bailiff-web" : "__Host-bailiff-web";
}

function openSession(
  { settings, sessions, uptime }: LoginParts,
  context: Context,
  user: WebUser,
): Response {
  const { cookie, token } = sessions.open(user, uptime());
  const { listen, tls } = settings;
  const isProxied = listen.kind === "unix" && context.req.header("X-Forwarded-Proto") === "https";
  setCookie(context, cookieName(settings), cookie, {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: tls !== undefined || isProxied,
    maxAge: MAX_SESSION_MS / 1000,
  });
  return context.json({ token } satisfies LoginReply);
}

/** Returns " from ADDRESS", or nothing if the address says nothing about the client. */
export function originOf({ env }: Context<LoginEnv>): string {
  const peer = remotePeer(env);
  return peer === undefined ? "" : ` from ${peer}`;
}

function takeLink(
  { links, log, logRefusal, uptime }: LoginParts,
  link: string,
  from: string,
): WebUser {
  const user = links.take(link, uptime());
  if (user === undefined) {
    logRefusal(`a login${from} failed: the link is invalid, too old, or was used before`);
    const message = "this link is invalid, too old, or was used before";
    throw new WebError("login-failed", message, { hint: "make another: bailiff web open" });
  }
  log(`${user.name} logged in${from} with a one-time link (${user.role})`);
  return user;
}

interface Password {
  readonly name: string;
  readonly password: string;
}

/** Returns a function that checks one password after the other. */
function createPasswordCheck(
  parts: LoginParts,
): (login: Password, from: string) => Promise<WebUser> {
  const { settings, limit, log, logRefusal, uptime } = parts;
  const serialize = createSerialQueue();
  let waiting = 0;
  return async ({ name, password }, from) => {
    const wait = limit.waitOf(name, uptime());
    if (wait > 0) throw limited("too many failed logins", Math.ceil(wait / 1000));
    if (waiting >= MAX_WAITING) throw limited("too many passwords are being checked", 1);
    // Counted before the check, so that simultaneous guesses do not all pass the limit.
    limit.onFailure(name, uptime());
    waiting++;
    const known = settings.users.get(name);
    const isRight = await serialize(() => verifyPassword(password, known?.password)).finally(
      () => void waiting--,
    );
    if (!isRight || known === undefined) {
      logRefusal(`a login as ${name}${from} failed: wrong name or password`);
      throw new WebError("login-failed", "wrong name or password");
    }
    limit.onSuccess(name);
    log(`${name} logged in${from} with a password (${known.role})`);
    return { name, role: known.role };
  };
}

function limited(message: string, seconds: number): WebError {
  return new WebError("login-limited", message, {
    hint: `try again in ${seconds} s, or use a link of bailiff web open`,
  });
}

function readProxyUser({ settings, log, logRefusal }: LoginParts, context: Context): WebUser {
  const { userHeader, users } = settings;
  const name = proxyUserOf(userHeader, context);
  if (name === undefined) throw new WebError("login-needed", "log in first");
  const known = users.get(name);
  if (known === undefined) {
    const shown = isUserName(name) ? name : "a user with an invalid name";
    logRefusal(`a login as ${shown} failed: the proxy names a user who is not in web.toml`);
    throw new WebError("login-failed", `${shown} is not a user of this dashboard`, {
      hint: "add a table [users.NAME] to web.toml",
    });
  }
  log(`${name} logged in through the proxy (${known.role})`);
  return { name, role: known.role, isProxied: true };
}

/**
 * Returns whether a session is its user's: one that a proxy began ends when the proxy names someone else, who would
 * otherwise act in the name of the user before.
 */
export function isOfProxyUser(
  { isProxied, name }: WebUser,
  { userHeader }: WebSettings,
  context: Context,
): boolean {
  return isProxied !== true || proxyUserOf(userHeader, context) === name;
}

function proxyUserOf(header: string | undefined, context: Context): string | undefined {
  return header === undefined ? undefined : context.req.header(header);
}
