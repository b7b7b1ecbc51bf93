import type {
  EvidenceReply,
  LoginReply,
  PastBanReply,
  WhyBan,
  WhyReply,
} from "../../control/ban-messages.ts";
import { BANNED_BY_HAND } from "../../jails/by-hand.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { requireSubject } from "../read-subjects.ts";
import { safe, type Terminal } from "../terminal.ts";
import { amount } from "../../domain/amount.ts";
import { MANUAL } from "../../domain/jail-name.ts";
import { describeAddress } from "../describe-address.ts";
import { describeCompromises } from "../describe-compromises.ts";
import { describeEnding } from "../describe-ending.ts";
import { describeIgnored } from "../describe-ignored.ts";
import { nameScope } from "../../domain/format-ports.ts";
import { formatDistance, formatUntil, formatWhen, sentence } from "../format-time.ts";
import { hang, wrapCommand } from "../wrap-text.ts";

export async function why(
  context: CommandContext,
  word: string,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const reply = await ask(context, "why", { subject: requireSubject(word) });
  const { terminal } = context;
  if (options.json) terminal.print(JSON.stringify(reply));
  else terminal.show(describeWhy(reply, terminal));
  return EXIT.ok;
}

/** Returns the screen of `why`. */
export function describeWhy(reply: WhyReply, terminal: Terminal): string {
  const { width } = terminal;
  const row = (head: string, text: string, indent?: number): string =>
    hang({ head, text, width, indent });
  const item = (text: string): string => row("  ", text, 4);
  const lines = [row(`${terminal.paint("bold", reply.subject)}: `, sentence(reply.verdict), 2)];
  const facts = describeAddress(reply.facts);
  if (facts !== "") lines.push(row("  from ", facts, 7));
  for (const text of describeCompromises(reply.suspected_compromises, terminal))
    lines.push("", text);
  for (const ban of reply.bans) lines.push("", ...describeBan(ban, width));
  // The verdict may contain one of these sentences.
  const isNew = (text: string): boolean => !reply.verdict.endsWith(text);
  if (reply.allowed_by !== null && isNew(reply.allowed_by))
    lines.push("", row("Allow-list: ", sentence(reply.allowed_by), 2));
  for (const { jail, failures, of, evidence } of reply.watching) {
    const counted = `${failures} of ${amount(of, "failure")}`;
    const shown = evidence.map((one) => describeEvidence(one, width));
    const aim = reply.bans.some((ban) => ban.jail === jail) ? " for a further ban" : "";
    lines.push("", `Counting in ${jail}${aim}: ${counted}${describeWitness(evidence)}`, ...shown);
  }
  const { not_listed: more } = reply;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["Member of campaigns:", reply.campaigns.map(describeMembership)],
    ["Block lists:", reply.lists.map(describeCovering)],
    ["Ignored offenses:", [...reply.ignored.map(describeIgnored), ...describeMore(more.ignored)]],
    ["Guards:", reply.guards.filter(isNew).map((text) => sentence(text))],
    ["Logins from there:", [...reply.logins.map(describeLogin), ...describeMore(more.logins)]],
    [
      "Earlier bans:",
      [
        ...reply.history.map((past) => describePast(past, reply.subject)),
        ...describeMore(more.history, `: bailiff history ${reply.subject}`),
      ],
    ],
  ];
  for (const [title, items] of sections)
    if (items.length > 0) lines.push("", title, ...items.map(item));
  if (reply.undo !== null) lines.push("", ...describeUndo(reply.undo, terminal));
  return lines.join("\n");
}

/** Says how many entries a list lacks. `where`: what lists them. */
function describeMore(count: number, where = ""): readonly string[] {
  return count === 0 ? [] : [`and ${count} more${where}`];
}

/** Formats the undo command on one line if it fits, else broken so that it can be copied as one command. */
function describeUndo(command: string, terminal: Terminal): readonly string[] {
  const undo = terminal.complete(command);
  const line = `Undo: ${terminal.paint("bold", undo)}`;
  if (undo.length + 6 <= terminal.width) return [line];
  return ["Undo:", ...wrapCommand(undo, terminal.width, 2)];
}

function describeMembership({
  campaign,
  jail,
  tries,
  reasons,
}: WhyReply["campaigns"][number]): string {
  const why = reasons.join(", ");
  return `${campaign} (${jail}), ${amount(tries, "attempt")}: ${why}; bailiff campaigns ${campaign}`;
}

function describeCovering({ list, network, ports }: WhyReply["lists"][number]): string {
  return `${list} blocks ${network}, ${nameScope(ports)}`;
}

function describeBan(ban: WhyBan, width: number): readonly string[] {
  const threshold =
    ban.of === null || ban.findtime === null || !isThresholdReached(ban)
      ? ""
      : ` (threshold ${ban.of} in ${ban.findtime})`;
  const longer =
    ban.escalation === 0 ? "" : `; ${amount(ban.escalation, "earlier ban")} made it longer`;
  const packets = ban.packets === null ? "" : `, ${amount(ban.packets, "packet")} dropped`;
  const rows: readonly (readonly [string, string])[] = [
    ["subject", `${ban.subject}, ${nameScope(ban.ports)}`],
    ["from", `${formatWhen(ban.from)} (${formatDistance(ban.from)})`],
    ["until", describeEnd(ban)],
    ["now", `${describeState(ban)}${packets}`],
    ...(ban.rule === "" ? [] : [[hasSeveralRules(ban) ? "last rule" : "rule", ban.rule] as const]),
  ];
  const column = Math.max(8, ...rows.map(([label]) => label.length));
  const reason = `${headOf(ban)}${threshold}${longer}`;
  return [
    hang({ head: "", text: reason, width, indent: 2 }),
    ...rows.map(([label, text]) => hang({ head: `  ${label.padEnd(column)} `, text, width })),
    ...(ban.evidence.length === 0
      ? []
      : [
          `  evidence${describeWitness(ban.evidence)}`,
          ...ban.evidence.map((one) => describeEvidence(one, width)),
        ]),
  ];
}

function describeEnd({ until, jitter }: WhyBan): string {
  if (until === null) return "permanent";
  const random = jitter === null ? "" : `, with up to ${jitter} added at random`;
  return `${formatUntil(until).replace("until ", "")}${random}`;
}

/** Returns whether maxretry led to the ban; otherwise its reason names the detector. */
function isThresholdReached({ failures, reason }: WhyBan): boolean {
  return failures > 0 && reason.startsWith(amount(failures, "failure"));
}

/** The rule of a ban is that of its last failure. */
function hasSeveralRules({ rule, evidence }: WhyBan): boolean {
  return evidence.some((one) => one.rule !== rule);
}

function headOf({ jail, origin, reason }: WhyBan): string {
  if (origin !== "manual") return `Banned by ${jail} (${origin}): ${sentence(reason)}`;
  const where = jail === MANUAL ? "" : ` in ${jail}`;
  const given = reason === BANNED_BY_HAND ? "" : `: ${sentence(reason)}`;
  return `Banned by hand${where}${given}`;
}

function describeState({ state, enforcer, ports, error }: WhyBan): string {
  if (state === "enforced") return `enforced by ${enforcer}`;
  if (state === "actions")
    return "left to the jail's actions; bailiff's firewall blocks nothing for it";
  if (ports === "none") return "observed only: the jail bans nothing";
  return `PENDING: ${sentence(error ?? "not confirmed by the firewall")}`;
}

/** Describes who else recorded the failures; "" if no witness did, or its records are gone. */
function describeWitness(evidence: readonly EvidenceReply[]): string {
  const by = evidence.flatMap(({ confirmed_by }) => confirmed_by ?? []);
  const [witness] = by;
  if (witness === undefined) return "";
  return `, ${by.length} of ${amount(evidence.length, "line")} confirmed by ${witness}`;
}

/** Formats a line as in the log, with its own timestamp. */
function describeEvidence({ at, counts, line, via }: EvidenceReply, width: number): string {
  const times = counts > 1 ? ` x${counts}` : "";
  const how = via === null ? "" : `  ${via}`;
  const head = `    ${formatWhen(at)}${times}${how}  `;
  return hang({ head, text: safe(line), width, indent: 6 });
}

function describeLogin({ account, filter, from, last, key_at, count }: LoginReply): string {
  const times = count === 1 ? "once" : `${count} times`;
  const key = key_at === null ? "" : count === 1 ? ", with a key" : ", at least once with a key";
  return `${formatWhen(last)}  ${safe(account)} (${filter}) from ${from}, ${times}${key}`;
}

/** Describes a past ban; names the address if it differs from the requested one. */
function describePast(past: PastBanReply, asked: string): string {
  const subject = past.subject === asked ? "" : `${past.subject} `;
  const when = `${formatWhen(past.from)} to ${formatWhen(past.ended)}`;
  return `${when}  ${subject}${past.jail}  ${sentence(past.reason)}; ${describeEnding(past)}`;
}
