/** Formats the results of ban and allow: a line for each address, or a summary for many. */
import type { BanResult } from "../../control/ban-messages.ts";
import type { AllowResult, Replaced } from "../../control/order-messages.ts";
import { LISTED_EACH } from "../../pipeline/announce-together.ts";
import { amount } from "../../domain/amount.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import type { Terminal } from "../terminal.ts";
import { formatUntil, sentence } from "../format-time.ts";
import { hang, wrapCommand } from "../wrap-text.ts";

/**
 * Formats results: one line per address up to LISTED_EACH, above that one per outcome. `force`: the options for a
 * command that bans anyway.
 */
export function describeBans(
  results: readonly BanResult[],
  { width, complete }: Pick<Terminal, "width" | "complete">,
  force: string,
): readonly string[] {
  const texts =
    results.length <= LISTED_EACH
      ? results.map((result) => describeBan(result, force))
      : [...Map.groupBy(results, outcomeOf).values()].map(summarizeBans);
  return texts.map((text) => wrapOrder(complete(text), width));
}

/** Wraps a result so that the undo command in it can be copied: on one line, or with backslashes before line breaks. */
export function wrapOrder(text: string, width: number): string {
  const [what = "", undo] =
    text.length <= width ? [text] : text.split(/ (?=Undo: |To ban |To lift )/);
  const lines = [hang({ head: "", text: what, width, indent: 2 })];
  if (undo === undefined) return lines.join("\n");
  if (undo.length + 2 <= width) return [...lines, `  ${undo}`].join("\n");
  const [label, command = ""] = undo.split(/: (?=bailiff )/);
  return [...lines, `  ${label}:`, ...wrapCommand(command, width, 4)].join("\n");
}

function describeBan(result: BanResult, force: string): string {
  const { subject, jail, outcome, until, detail } = result;
  // Other jails may have banned it too, and this jail other networks that contain it.
  const lift = `bailiff unban --exact --jail ${jail} ${subject}`;
  if (isUnenforced(result))
    return `${subject} is recorded${inJail(jail)}, NOT enforced: ${sentence(detail)}. It is retried; see bailiff doctor. To lift it: ${lift}`;
  switch (outcome) {
    case "banned":
      return `${subject} banned ${byJail(jail)} ${formatUntil(until)}: ${sentence(detail)}. Undo: ${lift}`;
    case "extended":
      return `ban of ${subject}${inJail(jail)} extended ${formatUntil(until)}: ${sentence(detail)}.${describeReplaced("banned", result.replaced)} To lift it: ${lift}`;
    case "already-banned":
      return `${subject} is already banned ${byJail(jail)} for at least as long: ${sentence(detail)}`;
    case "allow-listed":
      return detail.startsWith("it contains ")
        ? `${subject} is NOT banned: ${sentence(detail)}`
        : `${subject} is NOT banned, it is on the allow-list: ${sentence(detail)}`;
    case "needs-force":
      return `${subject} is NOT banned: ${sentence(detail)}. To ban it anyway: bailiff ban ${subject}${force}`;
  }
}

/** Formats the result of allow. `time`: as typed; undefined: permanently. */
export function describeAllowed(
  subjects: readonly string[],
  replies: readonly AllowResult[],
  time: string | undefined,
): string {
  const lifted = replies.reduce((sum, reply) => sum + reply.lifted, 0);
  const replaced = replies.flatMap((reply) => reply.replaced);
  const [first = ""] = subjects;
  const isOne = subjects.length === 1;
  const who = isOne ? `${first} is` : amount(subjects.length, "address");
  const what = `${who} allowed${time === undefined ? "" : ` for ${time}`}; ${amount(lifted, "ban")} lifted.`;
  if (isOne)
    return `${what}${describeReplaced("allowed", replaced[0])} Undo: bailiff allow --remove ${first}`;
  if (replaced.length > LISTED_EACH)
    return `${what} ${amount(replaced.length, "entry")} replaced, with other ends or reasons.`;
  const before = replaced.map((one) => ` ${one.subject}:${describeReplaced("allowed", one)}`);
  return `${what}${before.join("")}`;
}

/** Describes the end and the reason that an order replaced. */
function describeReplaced(
  verb: "allowed" | "banned",
  replaced: Replaced | null | undefined,
): string {
  if (replaced === null || replaced === undefined) return "";
  const reason = replaced.reason === "" ? "" : `: ${sentence(replaced.reason)}`;
  return ` Before: ${verb} ${formatUntil(replaced.until)}${reason}.`;
}

/** Names the jail of a ban, unless it was made by hand: the jail of manual bans is in no configuration. */
function byJail(jail: string): string {
  return jail === MANUAL ? "by hand" : `in ${jail}`;
}

export function inJail(jail: string): string {
  return jail === MANUAL ? "" : ` in ${jail}`;
}

/** Reports whether the ban is in the record but not in the firewall. */
function isUnenforced({ outcome, enforced }: BanResult): boolean {
  return !enforced && outcome !== "allow-listed" && outcome !== "needs-force";
}

function outcomeOf(result: BanResult): string {
  const { outcome, until, detail } = result;
  if (isUnenforced(result)) return JSON.stringify(["unenforced", detail]);
  // New bans are grouped by outcome, end and detail; for other results the outcome is enough.
  const isNew = outcome === "banned" || outcome === "extended";
  return JSON.stringify(isNew ? [outcome, until, detail] : [outcome]);
}

function summarizeBans(group: readonly BanResult[]): string {
  const [first] = group;
  if (first === undefined) return "";
  const { jail, outcome, until, detail } = first;
  const count = amount(group.length, "address");
  if (isUnenforced(first))
    return `${count} recorded${inJail(jail)}, NOT enforced: ${sentence(detail)}. They are retried; see bailiff doctor`;
  switch (outcome) {
    case "banned":
      return `${count} banned ${byJail(jail)} ${formatUntil(until)}: ${sentence(detail)}`;
    case "extended":
      return `bans of ${count}${inJail(jail)} extended ${formatUntil(until)}: ${sentence(detail)}`;
    case "already-banned":
      return `${count} already banned ${byJail(jail)} for at least as long`;
    case "allow-listed":
      return `${count} NOT banned, on the allow-list: ${listSome(group)}`;
    case "needs-force":
      return `${count} NOT banned, that could lock out users: ${listSome(group)}. To ban them anyway, repeat the command with --force`;
  }
}

function listSome(group: readonly BanResult[]): string {
  const some = group.slice(0, LISTED_EACH).map(({ subject }) => subject);
  const more = group.length - some.length;
  return `${some.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
