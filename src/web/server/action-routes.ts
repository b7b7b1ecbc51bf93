/** Changes bans and exemptions for an operator. The daemon audits each change with the user's name. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import { MAX_DURATION } from "../../domain/duration.ts";
import type { DaemonReader } from "../daemon-reader.ts";
import { WebError } from "../web-error.ts";
import { undoCampaign } from "./campaign-routes.ts";
import { remotePeer } from "./remote-peer.ts";
import type { SessionEnv } from "./session-env.ts";

const TEXT = v.pipe(v.string(), v.maxLength(256));
const SUBJECT = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const LENGTH = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_DURATION));

/** Inputs of the daemon's commands, without those that are not for one address, and of `undo_campaign`. */
const ACTIONS = {
  unban: v.strictObject({ subject: SUBJECT, jail: TEXT }),
  undo_unban: v.strictObject({ subject: SUBJECT, jail: TEXT }),
  ban: v.strictObject({
    subject: SUBJECT,
    jail: v.exactOptional(TEXT),
    for: v.exactOptional(v.union([LENGTH, v.literal("forever")])),
    reason: v.exactOptional(TEXT),
    force: v.exactOptional(v.boolean()),
  }),
  allow: v.strictObject({
    subject: SUBJECT,
    for: v.exactOptional(LENGTH),
    reason: v.exactOptional(TEXT),
  }),
  disallow: v.strictObject({ subject: SUBJECT }),
  reset_breaker: v.strictObject({ jail: TEXT, rule: TEXT }),
  acknowledge: v.strictObject({ subject: v.exactOptional(SUBJECT) }),
  undo_campaign: v.strictObject({ name: TEXT }),
  verify: v.strictObject({ jail: TEXT }),
  add_rule: v.strictObject({
    number: v.pipe(v.number(), v.integer(), v.minValue(1)),
    is: v.picklist(["failure", "neutral"]),
  }),
} as const;

/** Actions whose input is that of the daemon's command. */
const SIMPLE = [
  ...(["undo_unban", "allow", "disallow", "reset_breaker"] as const),
  ...(["acknowledge", "verify", "add_rule"] as const),
];

const MAX_BODY_BYTES = 4096;

export function createActionRoutes(
  reader: DaemonReader,
  logRefusal: (line: string) => void,
): Hono<SessionEnv> {
  const actions = new Hono<SessionEnv>();
  actions.use(bodyLimit({ maxSize: MAX_BODY_BYTES }));
  actions.use(async (context, next) => {
    const { name, role } = context.var.session.user;
    if (role !== "operator") {
      logRefusal(`${name} may not change anything: ${context.req.path}`);
      throw new WebError("permission-denied", "you may only read", {
        hint: "the role operator is needed: bailiff web open, or role in web.toml",
      });
    }
    await next();
  });
  actions.post("/unban", async (context) => {
    const { subject, jail } = v.parse(ACTIONS.unban, await readBody(context.req.raw));
    const input = { subjects: [subject], jail, all: false, exact: true };
    return context.json(await reader.order(context.var.session.user.name, "unban", input));
  });
  actions.post("/ban", async (context) => {
    const input = v.parse(ACTIONS.ban, await readBody(context.req.raw));
    // The daemon does not ban who orders it.
    const peer = remotePeer(context.env);
    const order = peer === undefined ? input : { ...input, peer };
    return context.json(await reader.order(context.var.session.user.name, "ban", order));
  });
  actions.post("/undo_campaign", async (context) => {
    const { name } = v.parse(ACTIONS.undo_campaign, await readBody(context.req.raw));
    const lifted = await undoCampaign(reader, context.var.session.user.name, name);
    return context.json({ lifted });
  });
  for (const command of SIMPLE)
    actions.post(`/${command}`, async (context) => {
      const input = v.parse(ACTIONS[command], await readBody(context.req.raw));
      return context.json(await reader.order(context.var.session.user.name, command, input));
    });
  return actions;
}

async function readBody(request: Request): Promise<unknown> {
  return await request.json().catch(() => undefined);
}
