/** Answers the page's questions: who is logged in, the overview, counts, bans. Every request needs a session. */
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import * as v from "valibot";
import type { DaemonReader } from "../daemon-reader.ts";
import type { LiveEvents } from "../live-events.ts";
import {
  type JailsReply,
  type OverviewReply,
  type Period,
  PERIODS,
  type ProblemsReply,
  type SessionReply,
} from "../web-messages.ts";
import { createActionRoutes } from "./action-routes.ts";
import { createCampaignRoutes } from "./campaign-routes.ts";
import type { ConnectionLimit } from "./connection-limit.ts";
import { streamLiveEvents } from "./live-route.ts";
import { cookieName, isOfProxyUser, type LoginParts } from "./log-in-routes.ts";
import type { SessionEnv } from "./session-env.ts";
import { WebError } from "../web-error.ts";

export interface ApiParts extends LoginParts {
  readonly reader: DaemonReader;
  readonly live: LiveEvents;
  readonly connections: ConnectionLimit;
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;
/** Length of a period and of its steps, in hours. */
const HOURS: { readonly [period in Period]: { readonly all: number; readonly step: number } } = {
  day: { all: 24, step: 1 },
  week: { all: 7 * 24, step: 6 },
  month: { all: 30 * 24, step: 24 },
  years: { all: 730 * 24, step: 7 * 24 },
};

/** Milliseconds for which an answer is shared by all pages. */
const FRESH_MS = {
  status: 1000,
  list: 1000,
  stats: 30_000,
  drift: 30_000,
  doctor: 15_000,
} as const;

const NUMBER = v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number));
const TEXT = v.pipe(v.string(), v.maxLength(256));
const HISTORY = v.object({
  subject: v.exactOptional(TEXT),
  jail: v.exactOptional(TEXT),
  limit: v.pipe(NUMBER, v.minValue(1), v.maxValue(2000)),
});
const BANS = v.object({
  search: v.exactOptional(TEXT),
  jail: v.exactOptional(TEXT),
  origin: v.exactOptional(v.picklist(["detected", "manual", "restored"])),
  sort: v.exactOptional(v.picklist(["address", "from", "until"])),
  order: v.exactOptional(v.picklist(["asc", "desc"])),
  offset: v.optional(NUMBER, "0"),
  /** Number of bans on a page; more for an export. */
  limit: v.optional(v.pipe(NUMBER, v.minValue(1), v.maxValue(500)), "100"),
});

export function createApiRoutes(parts: ApiParts): Hono<SessionEnv> {
  const { reader, live, sessions, settings, connections, uptime, logRefusal } = parts;
  const cookie = cookieName(settings);
  const api = new Hono<SessionEnv>();
  api.use(async (context, next) => {
    const token = context.req.header("X-Bailiff-Token");
    const session = sessions.find(getCookie(context, cookie), token, uptime());
    if (session === undefined || !isOfProxyUser(session.user, settings, context))
      throw new WebError("login-needed", "log in first");
    connections.keep(context.env.incoming.socket);
    context.set("session", session);
    await next();
  });
  api.route("/actions", createActionRoutes(reader, logRefusal));
  api.route("/campaigns", createCampaignRoutes(reader));
  api.get("/session", (context) => {
    const { name, role } = context.var.session.user;
    return context.json({ name, role } satisfies SessionReply);
  });
  api.post("/logout", (context) => {
    sessions.close(getCookie(context, cookie) ?? "");
    return context.json({});
  });
  api.get("/live", (context) => streamLiveEvents(context, live, sessions));
  addDaemonRoutes(api, parts);
  return api;
}

/** Adds questions that the daemon answers. */
function addDaemonRoutes(api: Hono<SessionEnv>, { reader, now }: ApiParts): void {
  const status = () => reader.ask("status", {}, FRESH_MS.status);
  api.get("/overview", async (context) =>
    context.json({ at: now(), status: await status() } satisfies OverviewReply),
  );
  api.get("/counts", async (context) => {
    const period = v.parse(v.picklist(PERIODS), context.req.query("period"));
    const { all, step } = HOURS[period];
    // Whole hours, so that pages which ask within an hour share an answer.
    const to = (Math.floor(now() / HOUR_MS) + 1) * HOUR_MS;
    const input = { from: to - all * HOUR_MS, to, step, top: 10 };
    return context.json(await reader.ask("stats", input, FRESH_MS.stats));
  });
  api.get("/bans", async (context) => {
    const { order, ...query } = v.parse(BANS, context.req.query());
    const input = { ...query, descending: order !== "asc" };
    return context.json(await reader.ask("find_bans", input, FRESH_MS.list));
  });
  api.get("/address", async (context) => {
    const subject = v.parse(TEXT, context.req.query("subject"));
    return context.json(await reader.ask("why", { subject }, FRESH_MS.list));
  });
  api.get("/jails", async (context) => {
    const [breakers, drift] = await Promise.all([
      reader.ask("breakers", {}, FRESH_MS.list),
      reader.ask("drift", {}, FRESH_MS.drift),
    ]);
    return context.json({ status: await status(), breakers, drift } satisfies JailsReply);
  });
  api.get("/history", async (context) => {
    const input = v.parse(HISTORY, context.req.query());
    return context.json(await reader.ask("history", input, FRESH_MS.list));
  });
  api.get("/audit", async (context) => {
    const input = v.parse(HISTORY, context.req.query());
    return context.json(await reader.ask("audit", input, FRESH_MS.list));
  });
  api.get("/problems", async (context) => {
    const doctor = await reader.ask("doctor", {}, FRESH_MS.doctor);
    return context.json({ doctor, status: await status() } satisfies ProblemsReply);
  });
}
