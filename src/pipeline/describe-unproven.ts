/** Describes lines of a jail from unproven senders, why they do not count, and what to do. */
import { amount } from "../domain/amount.ts";
import { countedSubject } from "../detect/counted-subject.ts";
import { splitSubject, type Subject } from "../domain/cidr.ts";
import { provesSender } from "../source/journal/journal-sender.ts";
import type { Allow } from "./allow/allow.ts";
import type { LiveJail } from "./live-jail.ts";
import { isService, type Sender } from "../jails/unproven-tally.ts";

/** Maximum number of senders that are named; the others are only counted. */
const MAX_NAMED = 2;

/** Describes the lines: "120 lines, none believed: sender uid 33, unit rcw.service". undefined: no such lines. */
export function describeUnproven({ jail }: Pick<LiveJail, "jail">): string | undefined {
  const { unproven, recognized, unrecognized } = jail;
  if (unproven.lines === 0) return undefined;
  const believed = recognized + unrecognized;
  const lines = amount(unproven.lines, "line");
  const verdict =
    believed > 0 ? " not believed" : unproven.lines === 1 ? ", not believed" : ", none believed";
  const senders = unproven.senders();
  const named = senders.slice(0, MAX_NAMED).map(formatSender).join(" and ");
  const more = senders.length > MAX_NAMED ? " and others" : "";
  return `${lines}${verdict}: sender ${named}${more}`;
}

/** Returns a source for the configuration, with the match that would prove the sender. */
export function fixUnproven({ jail, search }: LiveJail): string {
  const { source } = search;
  const matches = source?.kind === "journal" ? source.matches : [];
  const open = matches.find((match) => !provesSender(match)) ?? [];
  const sender = jail.unproven.offense?.sender ?? jail.unproven.senders()[0];
  const proof =
    sender?.unit !== undefined && isService(sender)
      ? `_SYSTEMD_UNIT=${sender.unit}`
      : `_UID=${sender?.uid ?? "…"}`;
  const match = [...open, proof].join(" ");
  const directory = source?.kind === "journal" ? source.directory : undefined;
  const where = directory === undefined ? "" : `, directory = "${directory}"`;
  return `if that is the service, set it: [jails.${jail.name}] source = { journal = ["${match}"]${where} }`;
}

/** Describes lines about one address that were not counted; undefined: none. */
export function describeUnprovenOf(
  live: Pick<LiveJail, "jail">,
  subject: Subject,
  allow: Pick<Allow, "listOf">,
): string | undefined {
  const { jail } = live;
  // IPv6 addresses are counted by their network.
  const around = countedSubject(splitSubject(subject).ip, jail.config, allow.listOf(jail.name));
  const lines = jail.unproven.linesOf(subject) || jail.unproven.linesOf(around);
  if (lines === 0) return undefined;
  return `${jail.name} did not count ${amount(lines, "line")} about it: ${describeUnproven(live)}`;
}

function formatSender({ uid, unit }: Sender): string {
  const parts = [
    ...(uid === undefined ? [] : [`uid ${uid}`]),
    ...(unit === undefined ? [] : [`unit ${unit}`]),
  ];
  return parts.length === 0 ? "unknown" : parts.join(", ");
}
