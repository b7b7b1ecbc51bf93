import type { BanBook } from "../domain/ban-book.ts";
import type { Subject } from "../domain/cidr.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { type Jail, reachOf } from "../jails/jail.ts";
import { isPardoned } from "./pardon.ts";
import { restoreReadMark } from "./read-marks.ts";
import { restoreWeights } from "./saved-weights.ts";

/** A subject that had reached maxretry without a decision when the jail ended. */
export interface ReachedWindow {
  readonly jail: Jail;
  readonly subject: Subject;
}

/**
 * Rebuilds the windows of new jails from the failures in the book (invariant 5), and the counters of sessions that may
 * continue. Returns the undecided offenses, which waited for the ban budget or for an ignorecommand.
 */
export function restoreWindows(
  jails: readonly Jail[],
  book: BanBook,
  now: Instant,
): readonly ReachedWindow[] {
  if (jails.length === 0) return [];
  for (const jail of jails) {
    restoreReadMark(jail, book, now);
    restoreWeights(jail, book, now);
    if (jail.attempts.place === undefined) jail.attempts.restore(book.sessions(jail.name));
  }
  const byName = new Map(jails.map((jail) => [jail.name, jail]));
  const reached = new Map<string, ReachedWindow>();
  const longest = Math.max(...jails.map(reachOf));
  for (const failure of book.failuresSince(instant(now - longest))) {
    const { jail: name, subject } = failure;
    const jail = byName.get(name);
    if (jail === undefined) continue;
    const at = instant(Math.min(failure.at, now));
    if (isPardoned(book, { subject, at: failure.at, arrival: "live" }, now)) continue;
    for (const detector of jail.detectors) detector.restore({ ...failure, at });
    if (at < now - jail.config.findtime) continue;
    const { offense } = jail.window.observe(
      subject,
      at,
      failure.weight,
      jail.weights.extraOf(failure),
    );
    if (offense) reached.set(`${name} ${subject}`, { jail, subject });
  }
  return [...reached.values()];
}
