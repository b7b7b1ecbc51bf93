import type {
  EvidenceReply,
  IgnoredReply,
  LoginReply,
  PastBanReply,
  WhyBan,
  WhyReply,
} from "../../control/messages.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { requireSubject } from "../read-subjects.ts";
import { safe, type Terminal } from "../terminal.ts";
import { formatDistance, formatWhen } from "../when.ts";

export async function why(
  context: CommandContext,
  word: string,
  options: { readonly json: boolean },
): Promise<ExitCode> {
  const reply = await ask(context, "why", { subject: requireSubject(word) });
  const { terminal } = context;
  terminal.print(options.json ? JSON.stringify(reply) : describe(reply, terminal));
  return EXIT.ok;
}

function describe(reply: WhyReply, terminal: Terminal): string {
  const lines = [`${terminal.paint("bold", reply.subject)}: ${safe(reply.verdict)}`];
  for (const ban of reply.bans) lines.push("", ...describeBan(ban));
  if (reply.allowed_by !== null) lines.push("", `Allow-list: ${safe(reply.allowed_by)}`);
  for (const { jail, failures, of, evidence } of reply.watching) {
    lines.push(
      "",
      `Counting in ${jail}: ${failures} of ${of} failures`,
      ...evidence.map(describeEvidence),
    );
  }
  if (reply.ignored.length > 0)
    lines.push("", "Ignored offenses:", ...reply.ignored.map(describeIgnored));
  if (reply.guards.length > 0)
    lines.push("", "Guards:", ...reply.guards.map((text) => `  ${safe(text)}`));
  if (reply.logins.length > 0)
    lines.push("", "Logins from there:", ...reply.logins.map(describeLogin));
  if (reply.history.length > 0) lines.push("", "Before:", ...reply.history.map(describePast));
  if (reply.undo !== null) lines.push("", `Undo: ${terminal.paint("bold", reply.undo)}`);
  return lines.join("\n");
}

function describeBan(ban: WhyBan): readonly string[] {
  const threshold =
    ban.of === null || ban.findtime === null || ban.failures === 0
      ? ""
      : ` (threshold ${ban.of} in ${ban.findtime})`;
  const longer = ban.escalation === 0 ? "" : `; ${ban.escalation} earlier bans made it longer`;
  const packets = ban.packets === null ? "" : `, ${ban.packets} packets dropped`;
  return [
    `Banned by ${ban.jail} (${ban.origin}): ${safe(ban.reason)}${threshold}${longer}`,
    `  subject  ${ban.subject}, ports ${ban.ports}`,
    `  from     ${formatWhen(ban.from)} (${formatDistance(ban.from)})`,
    `  until    ${formatWhen(ban.until)} (${formatDistance(ban.until)})`,
    `  now      ${describeState(ban)}${packets}`,
    ...(ban.rule === "" ? [] : [`  rule     ${ban.rule}`]),
    ...(ban.evidence.length === 0 ? [] : ["  evidence", ...ban.evidence.map(describeEvidence)]),
  ];
}

function describeState({ state, enforcer, ports, error }: WhyBan): string {
  if (state === "enforced") return `enforced by ${enforcer}`;
  if (ports === "none") return "observed only: the jail bans nothing";
  return `PENDING: ${safe(error ?? "not confirmed by the firewall")}`;
}

function describeEvidence({ at, counts, line }: EvidenceReply): string {
  const times = counts > 1 ? ` x${counts}` : "";
  return `    ${formatWhen(at)}${times}  ${safe(line)}`;
}

export function describeIgnored(ignored: IgnoredReply): string {
  const { subject, jail, entry, offenses, last_at } = ignored;
  const times = offenses === 1 ? "1 offense" : `${offenses} offenses`;
  return `  ${subject} in ${jail}: ${times}, last ${formatDistance(last_at)}; exempt: ${safe(entry)}`;
}

function describeLogin({ account, filter, from, last, key_at, count }: LoginReply): string {
  const times = count === 1 ? "once" : `${count} times`;
  const key = key_at === null ? "" : ", with a key";
  return `  ${formatWhen(last)}  ${safe(account)} (${filter}) from ${from}, ${times}${key}`;
}

function describePast(past: PastBanReply): string {
  const note = past.note === "" ? "" : `: ${safe(past.note)}`;
  const counts = past.counts ? ", still counts" : "";
  const end = past.why === "expired" ? "ran out" : `lifted by ${safe(past.by)}${note}${counts}`;
  return `  ${formatWhen(past.from)}  ${past.jail}  ${safe(past.reason)}; ${end} ${formatWhen(past.ended)}`;
}
