/** Lists campaigns, shows one with its members, lifts the bans of its members, or acknowledges suspected compromises. */
import type { CampaignReply } from "../../control/campaign-messages.ts";
import { undoOf } from "../../control/campaign-undo.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import { ask } from "../ask.ts";
import { askInParts } from "../ask-in-parts.ts";
import type { CommandContext } from "../context.ts";
import { describeCompromises } from "../describe-compromises.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { requireSubject } from "../read-subjects.ts";
import { formatTable } from "../table.ts";
import { safe, type Terminal } from "../terminal.ts";

export interface CampaignsOptions {
  readonly json: boolean;
  readonly unban: boolean;
  /** An address or network, or "all". */
  readonly acknowledge?: string;
}

/** Number of members and accounts on the screen. */
const MAX_SHOWN = 20;

export async function campaigns(
  context: CommandContext,
  name: string | undefined,
  { json, unban, acknowledge: whose }: CampaignsOptions,
): Promise<ExitCode> {
  if (whose !== undefined) {
    if (name === undefined && !unban) return acknowledge(context, whose, json);
    throw new CodedError("usage", "--acknowledge with a campaign or --unban", {
      hint: "write: bailiff campaigns --acknowledge ADDRESS, or: --acknowledge all",
    });
  }
  if (unban && name === undefined)
    throw new CodedError("usage", "--unban without a campaign", {
      hint: "write: bailiff campaigns NAME --unban",
    });
  const { terminal } = context;
  const replies = await ask(context, "campaigns", { name });
  if (unban) return lift(context, replies, json);
  if (json) terminal.print(JSON.stringify(replies));
  else if (name === undefined) terminal.show(describeList(replies, terminal.width));
  else terminal.show(replies.map((one) => describeOne(one, terminal)).join("\n"));
  return EXIT.ok;
}

/** Exit code 1: there was nothing to acknowledge. */
async function acknowledge(
  context: CommandContext,
  whose: string,
  json: boolean,
): Promise<ExitCode> {
  const subject = whose === "all" ? undefined : requireSubject(whose);
  const done = await ask(context, "acknowledge", { subject });
  const { terminal } = context;
  if (json) terminal.print(JSON.stringify(done));
  else if (done.length === 0) terminal.show("No suspected compromise to acknowledge.");
  else
    for (const { user, ip, jail } of done)
      terminal.show(`Acknowledged: login of ${safe(user)} from ${ip} (${jail}).`);
  return done.length === 0 ? EXIT.no : EXIT.ok;
}

async function lift(
  context: CommandContext,
  replies: readonly CampaignReply[],
  json: boolean,
): Promise<ExitCode> {
  const lifted: unknown[] = [];
  for (const campaign of replies) {
    if (campaign.banned.length === 0) continue;
    const parts = await askInParts(context, campaign.banned, (client, part) =>
      client.request("unban", undoOf(campaign, part)),
    );
    lifted.push(...parts.flat());
  }
  const { terminal } = context;
  if (json) terminal.print(JSON.stringify(lifted));
  else
    terminal.show([`Lifted ${amount(lifted.length, "ban")}.`, ...describeKept(replies)].join("\n"));
  return lifted.length === 0 ? EXIT.no : EXIT.ok;
}

/** Says which bans of networks still cover members. */
export function describeKept(replies: readonly CampaignReply[]): readonly string[] {
  const networks = replies.flatMap(({ banned_networks: banned }) => banned);
  if (networks.length === 0) return [];
  const list = networks.join(" ");
  return [`Still banned as networks: to lift them, bailiff unban ${list}`];
}

/** Returns the screen of all campaigns. */
export function describeList(replies: readonly CampaignReply[], width: number): string {
  if (replies.length === 0) return "No campaign in the last 30 days.";
  const headings = ["campaign", "began", "ended", "addresses", "attempts", "banned"];
  const rows = replies.map(({ name, began, ended, sources, tries, banned }) => [
    ...[name, began, ended ?? "not yet", String(sources), String(tries), String(banned.length)],
  ]);
  const missing = replies[0]?.campaigns_not_kept ?? 0;
  const rest = missing === 0 ? "" : `\nand ${missing} more in the last 30 days, which are not kept`;
  return `${formatTable({ headings, rows, width })}${rest}`;
}

/** Returns the screen of one campaign. */
export function describeOne(reply: CampaignReply, terminal: Terminal): string {
  const { width } = terminal;
  const { name, jail, began, ended, signs, sources, tries, banned, targets, members } = reply;
  const end = ended === null ? "has not ended" : `ended ${ended}`;
  const lines = [
    `${name}: jail ${jail}, began ${began}, ${end}`,
    ...describeCompromises(reply.suspected_compromises, terminal),
    ...signs.map((sign) => `  ${safe(sign)}`),
    `${amount(sources, "address", "addresses")} with ${amount(tries, "attempt")}; ${banned.length} banned`,
    ...(reply.banned_networks.length === 0
      ? []
      : [`banned as networks: ${reply.banned_networks.join(", ")}`]),
    ...(targets.length === 0 ? [] : ["", describeTargets(reply)]),
    ...(reply.growth.length === 0 ? [] : ["", describeGrowth(reply.growth, width)]),
    ...(members.length === 0 ? [] : ["", describeMembers(reply, width)]),
  ];
  if (banned.length > 0) lines.push("", `Undo its bans: bailiff campaigns ${name} --unban`);
  return lines.join("\n");
}

function describeTargets({ targets, other_tries: others }: CampaignReply): string {
  const shown = targets.slice(0, MAX_SHOWN);
  const accounts = shown.map(({ account, tries }) => `${safe(account)} (${tries})`).join(", ");
  const rest = others === 0 ? "" : `\nand ${amount(others, "attempt")} for accounts not kept`;
  return `Accounts: ${accounts}${describeMore(targets.length - shown.length)}${rest}`;
}

function describeGrowth(growth: CampaignReply["growth"], width: number): string {
  const shown = growth.slice(-MAX_SHOWN);
  const rows = shown.map(({ hour, members }) => [hour, String(members)]);
  const table = formatTable({ headings: ["hour", "new members"], rows, width });
  return `${table}${describeMore(growth.length - shown.length)}`;
}

function describeMembers(
  { members, members_not_kept: missing }: CampaignReply,
  width: number,
): string {
  const shown = members.slice(0, MAX_SHOWN);
  const headings = ["newest members", "attempts", "since", "why"];
  const rows = shown.map(({ subject, tries, first, reasons }) => [
    ...[subject, String(tries), first, reasons.join(", ")],
  ]);
  const rest = missing === 0 ? "" : `\nand ${missing} that are only counted`;
  return `${formatTable({ headings, rows, width })}${describeMore(members.length - shown.length)}${rest}`;
}

function describeMore(more: number): string {
  return more === 0 ? "" : `\nand ${more} more: --json lists all`;
}
