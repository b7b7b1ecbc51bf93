/**
 * Queues offenses of one rule that wait for its ban budget, most failures first. Bounded by MAX_WAITING: when full, the
 * tenth with the fewest failures is dropped and counted. The window still counts them, so they are queued again at
 * their next failure.
 */
import type { Suspicion } from "../../detect/judgment/detector.ts";
import type { Subject } from "../../domain/cidr.ts";
import { type Instant, instant } from "../../domain/instant.ts";
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
  /** Settings by which it was found; see `thresholdsOf`. */
  readonly thresholds: string;
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
  /** Removes the offenses of these subjects, and returns their subjects. */
  remove(isSought: (subject: Subject) => boolean): readonly Subject[];
  /** Removes and returns the next offenses, grouped by the function that decides about them. */
  take(most: number): ReadonlyMap<Conclude, readonly WaitingOffense[]>;
  /** Returns the offenses in the order in which they would be taken. */
  list(): readonly WaitingOffense[];
  /** Adjusts all times to a step of the wall clock, in milliseconds. */
  shift(step: number): void;
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
    remove(isSought) {
      const removed = [...entries.keys().filter(isSought)];
      for (const subject of removed) entries.delete(subject);
      return removed;
    },
    take(most) {
      const next = most <= 0 ? [] : sorted().slice(0, most);
      for (const { offense } of next) entries.delete(offense.subject);
      const groups = Map.groupBy(next, ({ conclude }) => conclude);
      return new Map(
        [...groups].map(([conclude, list]) => [conclude, list.map(({ offense }) => offense)]),
      );
    },
    list: () => sorted().map(({ offense }) => offense),
    shift(step) {
      for (const [subject, { offense, ...entry }] of entries) {
        const at = instant(offense.at + step);
        entries.set(subject, { ...entry, offense: { ...offense, at } });
      }
    },
  };
}

/** Returns the settings of a jail that decide what is an offense, for comparison. */
export function thresholdsOf({ config }: Jail): string {
  return JSON.stringify([config.maxretry, config.findtime, config.detect]);
}
