/**
 * Queues offenses of one rule that wait for its ban budget, most failures first. Bounded by MAX_WAITING: when full, the
 * tenth with the fewest failures is dropped and counted. The window still counts them, so they are queued again at
 * their next failure.
 */
import { isDeepStrictEqual } from "node:util";
import type { Suspicion } from "../../detect/judgment/detector.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Jail } from "../../jails/jail.ts";

export interface WaitingOffense {
  readonly jail: Jail;
  readonly rule: string;
  readonly subject: Subject;
  /** Time of the newest failure. */
  readonly at: Instant;
  readonly failures: number;
  /** Set if a detector found it. */
  readonly found?: Suspicion | undefined;
}

/** Decides about offenses whose turn has come. */
export type Conclude = (offenses: readonly WaitingOffense[]) => void;

export interface WaitingOffenses {
  readonly size: number;
  /** Number of offenses dropped because the queue was full. */
  readonly dropped: number;
  add(offense: WaitingOffense, conclude: Conclude): void;
  /** Adds failures to a waiting offense of the subject; returns false without one. */
  countMore(subject: Subject, failures: number, at: Instant): boolean;
  hasOffense(isSought: (subject: Subject) => boolean): boolean;
  /** Removes and returns the next offenses, grouped by the function that decides about them. */
  take(most: number): ReadonlyMap<Conclude, readonly WaitingOffense[]>;
  /** Replaces a jail that was reconfigured, and drops offenses that its detectors found with other settings. */
  useJail(jail: Jail): void;
}

/** Maximum number of waiting offenses of one rule, of about 200 bytes each. */
export const MAX_WAITING = 20_000;
const DROPPED_AT_ONCE = MAX_WAITING / 10;

interface Entry {
  readonly offense: WaitingOffense;
  readonly conclude: Conclude;
  /** Among equals, the latest failure comes first, because other subjects may have stopped. */
  readonly order: number;
}

export function createWaitingOffenses(): WaitingOffenses {
  const entries = new Map<Subject, Entry>();
  let order = 0;
  let dropped = 0;

  function sorted(): Entry[] {
    return [...entries.values()].sort(
      (a, b) => b.offense.failures - a.offense.failures || b.order - a.order,
    );
  }

  function makeRoom(): void {
    for (const { offense } of sorted().slice(-DROPPED_AT_ONCE)) entries.delete(offense.subject);
    dropped += DROPPED_AT_ONCE;
  }

  return {
    get size() {
      return entries.size;
    },
    get dropped() {
      return dropped;
    },
    add(offense, conclude) {
      if (entries.size >= MAX_WAITING) makeRoom();
      entries.set(offense.subject, { offense, conclude, order: order++ });
    },
    countMore(subject, failures, at) {
      const known = entries.get(subject);
      if (known === undefined) return false;
      const offense = { ...known.offense, at, failures: known.offense.failures + failures };
      entries.set(subject, { ...known, offense, order: order++ });
      return true;
    },
    hasOffense: (isSought) => entries.keys().some(isSought),
    take(most) {
      const next = most <= 0 ? [] : sorted().slice(0, most);
      for (const { offense } of next) entries.delete(offense.subject);
      const groups = Map.groupBy(next, ({ conclude }) => conclude);
      return new Map(
        [...groups].map(([conclude, list]) => [conclude, list.map(({ offense }) => offense)]),
      );
    },
    useJail(jail) {
      for (const [subject, entry] of entries)
        if (isOutdated(entry.offense, jail)) entries.delete(subject);
        else entries.set(subject, { ...entry, offense: { ...entry.offense, jail } });
    },
  };
}

/** Returns whether a detector found the offense with other settings than the jail has now. */
export function isOutdated({ jail: old, found }: WaitingOffense, { config }: Jail): boolean {
  return found !== undefined && !isDeepStrictEqual(old.config.detect, config.detect);
}
