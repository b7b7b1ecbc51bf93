/** Answers questions about campaigns, and lifts the bans of one. Pages get counts instead of thousands of addresses. */
import { Hono } from "hono";
import * as v from "valibot";
import type { CampaignReply } from "../../control/campaign-messages.ts";
import { undoOf } from "../../control/campaign-undo.ts";
import { LIST_LENGTH } from "../../control/parse-request.ts";
import type { DaemonReader } from "../daemon-reader.ts";
import type { CampaignPageReply, CampaignsReply, CampaignSummary } from "../web-messages.ts";
import type { SessionEnv } from "./session-env.ts";

/** Milliseconds for which an answer is shared by all pages; a list contains all banned members. */
const FRESH_MS = 5000;
const MEMBERS_PER_PAGE = 100;
/** What the list shows of a campaign. */
const MAX_ACCOUNTS = 3;
const MAX_HOURS = 24;

const QUERY = v.object({
  name: v.pipe(v.string(), v.maxLength(256)),
  offset: v.optional(v.pipe(v.string(), v.regex(/^\d{1,5}$/), v.transform(Number)), "0"),
});

export function createCampaignRoutes(reader: DaemonReader): Hono<SessionEnv> {
  const routes = new Hono<SessionEnv>();
  const readStatus = () => reader.ask("status", {}, FRESH_MS);
  routes.get("/", async (context) => {
    const all = await reader.ask("campaigns", {}, FRESH_MS);
    const campaigns = all.map((one) => ({
      ...summarize(one),
      targets: one.targets.slice(0, MAX_ACCOUNTS),
      growth: one.growth.slice(-MAX_HOURS),
    }));
    return context.json({ campaigns, status: await readStatus() } satisfies CampaignsReply);
  });
  routes.get("/one", async (context) => {
    const { name, offset } = v.parse(QUERY, context.req.query());
    const input = { name, offset, limit: MEMBERS_PER_PAGE };
    const campaign = requireOne(await reader.ask("campaigns", input, FRESH_MS));
    const banned = new Set(campaign.banned);
    const members = campaign.members.map((member) => ({
      ...member,
      is_banned: banned.has(member.subject),
    }));
    const { jails } = await readStatus();
    const detectors = jails.find((jail) => jail.name === campaign.jail)?.detectors ?? null;
    const reply = { campaign: summarize(campaign), members, detectors };
    return context.json(reply satisfies CampaignPageReply);
  });
  return routes;
}

/** Lifts the bans of all members, as `bailiff campaigns NAME --unban` does. Returns how many bans ended. */
export async function undoCampaign(
  reader: DaemonReader,
  user: string,
  name: string,
): Promise<number> {
  const campaign = requireOne(await reader.ask("campaigns", { name, limit: 1 }, 0));
  const { banned } = campaign;
  let lifted = 0;
  for (let from = 0; from < banned.length; from += LIST_LENGTH) {
    const subjects = banned.slice(from, from + LIST_LENGTH);
    lifted += (await reader.order(user, "unban", undoOf(campaign, subjects))).length;
  }
  return lifted;
}

/** The daemon refuses an unknown name, so there is one. */
function requireOne([campaign]: readonly CampaignReply[]): CampaignReply {
  if (campaign === undefined) throw new Error("the daemon answered no campaign");
  return campaign;
}

function summarize(campaign: CampaignReply): CampaignSummary {
  const { banned, members: _members, ...rest } = campaign;
  return { ...rest, banned: banned.length };
}
