/** Answers the page's questions: who is logged in, the overview, counts, bans. Every request needs a session. */
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import * as v from "valibot";
import type { DaemonReader } from "../daemon-reader.ts";
import { type OverviewReply, type Period, PERIODS, type SessionReply } from "../web-messages.ts";
import { createActionRoutes, type SessionEnv } from "./action-routes.ts";
import { cookieName, type LoginParts } from "./log-in-routes.ts";
import { WebError } from "../web-error.ts";

export interface ApiParts extends LoginParts {
  readonly reader: DaemonReader;
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
const FRESH_MS = { status: 1000, bans: 1000, stats: 30_000 } as const;

const NUMBER = v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number));
const TEXT = v.pipe(v.string(), v.maxLength(256));
const BANS = v.object({
  search: v.exactOptional(TEXT),
  jail: v.exactOptional(TEXT),
  origin: v.exactOptional(v.picklist(["detected", "manual", "restored"])),
  sort: v.exactOptional(v.picklist(["address", "from", "until"])),
  order: v.exactOptional(v.picklist(["asc", "desc"])),
  offset: v.optional(NUMBER, "0"),
});
/** Number of bans on a page. */
const PAGE_LENGTH = 100;

export function createApiRoutes(parts: ApiParts): Hono<SessionEnv> {
  const { reader, sessions, settings, now, log } = parts;
  const cookie = cookieName(settings);
  const api = new Hono<SessionEnv>();
  api.use(async (context, next) => {
    const token = context.req.header("X-Bailiff-Token");
    const session = sessions.find(getCookie(context, cookie), token, now());
    if (session === undefined) throw new WebError("login-needed", "log in first");
    context.set("session", session);
    await next();
  });
  api.route("/actions", createActionRoutes(reader, log));
  api.get("/session", (context) => {
    const { name, role } = context.var.session.user;
    return context.json({ name, role } satisfies SessionReply);
  });
  api.post("/logout", (context) => {
    sessions.close(getCookie(context, cookie) ?? "");
    return context.json({});
  });
  api.get("/overview", async (context) => {
    const status = await reader.ask("status", {}, FRESH_MS.status);
    return context.json({ at: now(), status } satisfies OverviewReply);
  });
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
    const input = { ...query, descending: order !== "asc", limit: PAGE_LENGTH };
    return context.json(await reader.ask("find_bans", input, FRESH_MS.bans));
  });
  return api;
}
