/** Actions of an operator, each with the order that undoes it. */
import type { BanReply, BanResult } from "../../control/ban-messages.ts";
import type { CompromiseReply } from "../../control/campaign-messages.ts";
import type { AllowResult, DisallowResult, LiftedBan } from "../../control/order-messages.ts";
import type { VerifyReply } from "../../control/proof-messages.ts";
import type { AddedRuleReply, RuleReply } from "../../control/drift-messages.ts";
import { order } from "./api.ts";
import { amountOf } from "./format.ts";

/** What was done. */
export interface Done {
  readonly text: string;
  /** Undoes it; undefined: there is nothing to undo. */
  readonly undo: (() => Promise<string>) | undefined;
}

export type EndedBan = Pick<BanReply, "subject" | "jail" | "until" | "reason">;

export async function unban(ban: EndedBan): Promise<Done> {
  const { subject, jail } = ban;
  const lifted = await order<readonly LiftedBan[]>("unban", { subject, jail });
  if (lifted.length === 0) return { text: `${subject} was not banned any more`, undo: undefined };
  return { text: `Unbanned ${subject} in ${jail}`, undo: () => restore(ban) };
}

/** Restores a ban that was lifted, with its reason and lines. */
async function restore({ subject, jail }: EndedBan): Promise<string> {
  return describeAgain(await order<BanResult>("undo_unban", { subject, jail }));
}

/** Bans until the end that the ban had before it was extended. */
async function banAgain({ subject, jail, until, reason }: EndedBan): Promise<string> {
  const left = until === null ? "forever" : Date.parse(until) - Date.now();
  if (left !== "forever" && left < 1) return `The ban of ${subject} would have ended by now`;
  const [result] = await order<readonly BanResult[]>("ban", { subject, jail, for: left, reason });
  return result === undefined ? "Nothing was banned" : describeAgain(result);
}

function describeAgain(result: BanResult): string {
  const { subject, jail, outcome } = result;
  return outcome === "banned"
    ? `${subject} is banned again in ${jail}`
    : `${subject} was not banned again: ${describeOutcome(result)}`;
}

export interface BanOrder {
  readonly subject: string;
  /** Milliseconds; undefined: as long as configured. */
  readonly for: number | "forever" | undefined;
  readonly reason: string | undefined;
  readonly force: boolean;
}

/** Bans in the jail "manual", on all ports. `needsForce`: nothing was done until the order is repeated with force. */
export async function ban(request: BanOrder): Promise<Done & { readonly needsForce: boolean }> {
  const input = { ...request, force: request.force ? true : undefined };
  const [result] = await order<readonly BanResult[]>("ban", input);
  if (result === undefined)
    return { text: "Nothing was banned", undo: undefined, needsForce: false };
  const { subject, jail, outcome } = result;
  const needsForce = outcome === "needs-force";
  if (outcome !== "banned") return { text: describeOutcome(result), undo: undefined, needsForce };
  const undo = async (): Promise<string> => {
    await order("unban", { subject, jail });
    return `Unbanned ${subject}`;
  };
  return { text: `Banned ${subject}`, undo, needsForce };
}

/** Makes a ban longer: `length` counts from now. The undo lifts it, and bans until its former end. */
export async function extend(
  ban: EndedBan,
  length: number | "forever",
  reason: string | undefined,
): Promise<Done> {
  const { subject, jail } = ban;
  const input = { subject, jail, for: length, reason };
  const [result] = await order<readonly BanResult[]>("ban", input);
  if (result?.outcome !== "extended") {
    const text = result === undefined ? "Nothing was changed" : describeOutcome(result);
    return { text, undo: undefined };
  }
  const undo = async (): Promise<string> => {
    await order("unban", { subject, jail });
    return await banAgain(ban);
  };
  return { text: `The ban of ${subject} in ${jail} is longer now`, undo };
}

function describeOutcome({ subject, outcome, detail }: BanResult): string {
  const what = {
    banned: "is banned",
    extended: "is banned for longer than before",
    "already-banned": "was already banned, at least as long",
    "allow-listed": "is exempt and was not banned",
    "needs-force": "was not banned yet",
  }[outcome];
  return `${subject} ${what}${detail === "" ? "" : `: ${detail}`}`;
}

/** Exempts an address from bans, which lifts its bans. The undo ends the exemption, and restores the given ban. */
export async function exempt(
  subject: string,
  reason: string | undefined,
  ban: EndedBan | undefined,
): Promise<Done> {
  const { lifted } = await order<AllowResult>("allow", { subject, reason });
  const undo = async (): Promise<string> => {
    await order("disallow", { subject });
    return ban === undefined ? `${subject} is no longer exempt` : await restore(ban);
  };
  return { text: `${subject} is exempt; ${amountOf(lifted, "ban")} lifted`, undo };
}

/** Ends an exemption that was made by hand. */
export async function endExemption(subject: string): Promise<Done> {
  const { removed } = await order<DisallowResult>("disallow", { subject });
  if (!removed)
    return { text: `${subject} is exempt by the configuration or a wider entry`, undo: undefined };
  const undo = async (): Promise<string> => {
    await order("allow", { subject });
    return `${subject} is exempt again`;
  };
  return { text: `${subject} is no longer exempt`, undo };
}

/** Lets a rule ban again that its breaker stopped or limited. */
export async function resetBreaker(jail: string, rule: string): Promise<Done> {
  await order("reset_breaker", { jail, rule });
  return { text: `${rule} of ${jail} bans again`, undo: undefined };
}

/** Acknowledges the suspected compromises by logins from an address; undefined: all. */
export async function acknowledge(subject: string | undefined): Promise<Done> {
  const done = await order<readonly CompromiseReply[]>("acknowledge", { subject });
  const logins = done.map(({ user, ip, jail }) => `login of ${user} from ${ip} (${jail})`);
  const text = logins.length > 3 ? amountOf(logins.length, "login") : logins.join("; ");
  return {
    text: text === "" ? "No suspected compromise to acknowledge" : `Acknowledged: ${text}`,
    undo: undefined,
  };
}

/** Lifts the bans of all members of a campaign. */
export async function undoCampaign(name: string): Promise<Done> {
  const { lifted } = await order<{ readonly lifted: number }>("undo_campaign", { name });
  return { text: `Lifted ${amountOf(lifted, "ban")} of ${name}`, undo: undefined };
}

/** Tests a jail from a failed login to a dropped packet; takes seconds. */
export async function verify(jail: string): Promise<Done & { readonly reply: VerifyReply }> {
  const reply = await order<VerifyReply>("verify", { jail });
  const result = { proven: "every step is proven", partly: "no step failed", failed: "it failed" };
  return { text: `${jail}: ${result[reply.outcome]}`, undo: undefined, reply };
}

/** Adds the rule that is proposed for unrecognized lines, and reloads the daemon. */
export async function addRule(number: number, is: RuleReply["is"]): Promise<Done> {
  const { rule, path } = await order<AddedRuleReply>("add_rule", { number, is });
  const text = `Rule ${rule} is in force. To undo it, remove it from ${path}, then: bailiff reload`;
  return { text, undo: undefined };
}
