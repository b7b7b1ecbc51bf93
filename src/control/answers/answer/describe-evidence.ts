/** Describes lines that count against a subject, and which of them btmp confirms. */
import type { CountedFailure } from "../../../domain/ban-book.ts";
import { subjectsOverlap } from "../../../domain/cidr.ts";
import { formatInstant } from "../../../domain/instant.ts";
import { formatVia } from "../../../domain/match.ts";
import type { Daemon } from "../../../daemon/daemon.ts";
import { TimePairing } from "../../../health/judge/time-pairing.ts";
import { readFailedLogins } from "../../../host/logins/read-failed-logins.ts";
import type { EvidenceReply } from "../../ban-messages.ts";

/**
 * Describes failures of one subject in one jail; `failures`: oldest first. `countOf`: how much one counts; missing: the
 * attempts of its line, because what evidence adds is not stored with a ban.
 */
export function describeEvidence(
  daemon: Pick<Daemon, "jails">,
  failures: readonly CountedFailure[],
  countOf: (failure: CountedFailure) => number = ({ weight }) => weight,
): readonly EvidenceReply[] {
  const records = recordsOf(daemon, failures);
  return failures.map((failure) => {
    const { at, rule, user, line, via } = failure;
    const isConfirmed = records.addLine("", failure, at) !== undefined;
    return {
      ...{ at: formatInstant(at), rule, user: user ?? null, counts: countOf(failure), line },
      confirmed_by: isConfirmed ? "btmp" : null,
      via: via === undefined ? null : formatVia(via),
    };
  });
}

function recordsOf(
  { jails }: Pick<Daemon, "jails">,
  [first]: readonly CountedFailure[],
): TimePairing<CountedFailure, { readonly at: CountedFailure["at"] }> {
  const pairs = new TimePairing<CountedFailure, { readonly at: CountedFailure["at"] }>();
  const live = jails.find(({ jail }) => jail.name === first?.jail);
  const terminals = live?.definition.records_logins?.failed ?? [];
  if (first === undefined || terminals.length === 0) return pairs;
  for (const { ip, at, terminal } of readFailedLogins())
    if (ip !== undefined && terminals.includes(terminal) && subjectsOverlap(ip, first.subject))
      pairs.addRecord("", { at }, at);
  return pairs;
}
