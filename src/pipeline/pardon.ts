/**
 * Discards earlier failures of subjects that were unbanned or allowed by hand, in every jail. The book stores the
 * pardon, for jails that are added, renamed or catch up later.
 */
import { createAllowList } from "../detect/allow-list.ts";
import type { BanBook } from "../domain/ban-book.ts";
import { splitSubject, type Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import { forgetSubject, type Jail } from "../jails/jail.ts";

interface DatedFailure {
  readonly subject: Subject;
  readonly at: Instant;
  /** "backlog": read long after it was written, for example by a new jail. */
  readonly arrival: LineBatch["arrival"];
}

/**
 * Returns whether a failure is pardoned. A live line is not older than the pardon only because of its timestamp: most
 * have whole seconds, and another failure may come within the second. After the clock was set back, the pardon may be in
 * the future; then it says nothing about any line.
 */
export function isPardoned(
  book: Pick<BanBook, "pardonedAt">,
  { subject, at, arrival }: DatedFailure,
  now: Instant,
): boolean {
  const pardoned = book.pardonedAt(subject);
  if (pardoned === undefined || pardoned > now) return false;
  if (arrival === "backlog") return at <= pardoned;
  return at < Math.floor(pardoned / 1000) * 1000;
}

/** Empties the windows of the subjects. The book forgets its failures separately. */
export function forgetPardoned(jails: Iterable<Jail>, subjects: readonly Subject[]): void {
  const networks = subjects.filter((subject) => splitSubject(subject).ip !== subject);
  const list = createAllowList(networks.map((subject) => ({ subject, because: "" })));
  for (const jail of jails) {
    for (const subject of subjects) forgetSubject(jail, subject);
    if (networks.length > 0) jail.window.forgetWhere((subject) => list.contains(subject));
  }
}
