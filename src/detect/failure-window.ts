/**
 * Counts failures per subject in an exact sliding window over log time. The window ends at the subject's newest
 * failure: an offense is `maxretry` failures not older than `findtime` before it, in whatever order the lines arrive.
 *
 * Only the newest `maxretry` times of a subject can ever make an offense, so that many are kept, in one flat array:
 * about 8 × maxretry + 100 bytes a subject. Bounded by `maxTracked`; when full, the least recent of SAMPLE subjects
 * makes room and is counted as evicted. A hand walks the slots, two for each failure, and frees those no failure can
 * join any more, so the cost of a failure does not depend on how many subjects are tracked.
 *
 * Of few subjects more is kept (see `extend`): those whose threshold somebody raised. They live beside the array, at
 * most MAX_EXTENDED of them, and cost the others nothing.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { detachString } from "../domain/detach-string.ts";
import { createSortedTimes, type SortedTimes } from "./sorted-times.ts";

export interface WindowPolicy {
  readonly findtime: Duration;
  readonly maxretry: number;
  readonly maxTracked: number;
}

export interface Observed {
  /** Failures inside the window that ends with the newest one, at most maxretry, or what the subject was extended to. */
  readonly count: number;
  /** maxretry was reached; of a subject that was extended the caller looks at `count`. */
  readonly offense: boolean;
}

export interface TimedFailure {
  readonly at: Instant;
  readonly weight: number;
}

export interface FailureWindow {
  observe(subject: Subject, at: Instant, weight: number): Observed;
  /**
   * From now on counts up to `upTo` failures of a subject that has reached maxretry, beginning with the failures given,
   * which are all that are known of it; the new count. undefined, and nothing changed, when there is no room for it.
   */
  extend(subject: Subject, failures: readonly TimedFailure[], upTo: number): number | undefined;
  isExtended(subject: Subject): boolean;
  forget(subject: Subject): void;
  /** Costs a look at every tracked subject. */
  forgetWhere(isMeant: (subject: Subject) => boolean): void;
  /** The wall clock was stepped by so many milliseconds: what is remembered moves with it. */
  shift(step: number): void;
  countOf(subject: Subject, now: Instant): number;
  readonly tracked: number;
  readonly evicted: number;
}

const SAMPLE = 8;
const FIRST_CAPACITY = 256;
const MAX_EXTENDED = 4096;

export function createFailureWindow({
  findtime,
  maxretry,
  maxTracked,
}: WindowPolicy): FailureWindow {
  const slots = new Map<Subject, number>();
  const free: number[] = [];
  const extended = new Map<Subject, SortedTimes>();
  let subjects: (Subject | undefined)[] = new Array<Subject | undefined>(FIRST_CAPACITY).fill(
    undefined,
  );
  let used = 0;
  let hand = 0;
  let evicted = 0;
  let times = new Float64Array(FIRST_CAPACITY * maxretry);
  let counts = new Uint16Array(FIRST_CAPACITY);

  function observe(subject: Subject, at: Instant, weight: number): Observed {
    sweep(at);
    const slot = slots.get(subject) ?? claim(subject);
    for (let i = Math.min(weight, maxretry); i > 0; i--) insert(slot, at);
    const more = extended.size === 0 ? undefined : extended.get(subject);
    if (more !== undefined) {
      more.insert(at, weight);
      const count = more.within(findtime);
      return { count, offense: count >= maxretry };
    }
    const count = within(slot, newest(slot));
    return { count, offense: count >= maxretry };
  }

  /** Keeps the slot's times sorted, dropping the oldest when it is full. */
  function insert(slot: number, at: Instant): void {
    const base = slot * maxretry;
    let length = counts[slot] ?? 0;
    if (length === maxretry) {
      if (at <= (times[base] ?? 0)) return;
      times.copyWithin(base, base + 1, base + length);
      length--;
    }
    let i = base + length;
    while (i > base && (times[i - 1] ?? 0) > at) {
      times[i] = times[i - 1] ?? 0;
      i--;
    }
    times[i] = at;
    counts[slot] = length + 1;
  }

  function newest(slot: number): number {
    return times[slot * maxretry + (counts[slot] ?? 0) - 1] ?? 0;
  }

  /** Times not older than findtime before `end`, nor after it. */
  function within(slot: number, end: number): number {
    const base = slot * maxretry;
    let count = 0;
    for (let i = base; i < base + (counts[slot] ?? 0); i++) {
      const time = times[i] ?? 0;
      if (time >= end - findtime && time <= end) count++;
    }
    return count;
  }

  function claim(subject: Subject): number {
    if (slots.size >= maxTracked) evict();
    const slot = free.pop() ?? used++;
    if (slot >= counts.length) grow();
    // Kept long after the chunk of log it was read from.
    const own = detachString(subject);
    slots.set(own, slot);
    subjects[slot] = own;
    counts[slot] = 0;
    return slot;
  }

  function grow(): void {
    const capacity = counts.length * 2;
    const [oldTimes, oldCounts] = [times, counts];
    times = new Float64Array(capacity * maxretry);
    times.set(oldTimes);
    counts = new Uint16Array(capacity);
    counts.set(oldCounts);
    subjects = [
      ...subjects,
      ...new Array<Subject | undefined>(capacity - subjects.length).fill(undefined),
    ];
  }

  function release(slot: number): void {
    const subject = subjects[slot];
    if (subject === undefined) return;
    slots.delete(subject);
    extended.delete(subject);
    subjects[slot] = undefined;
    free.push(slot);
  }

  /** Lines may come late by up to findtime, and such a line's window reaches back as far again. */
  function sweep(at: Instant): void {
    for (let i = 0; i < 2 && used > 0; i++) {
      hand = hand + 1 < used ? hand + 1 : 0;
      if (subjects[hand] !== undefined && newest(hand) < at - 2 * findtime) release(hand);
    }
  }

  function evict(): void {
    let oldest = -1;
    for (let seen = 0, steps = 0; seen < SAMPLE && steps < used; steps++) {
      hand = hand + 1 < used ? hand + 1 : 0;
      if (subjects[hand] === undefined) continue;
      seen++;
      if (oldest < 0 || newest(hand) < newest(oldest)) oldest = hand;
    }
    if (oldest < 0) return;
    release(oldest);
    evicted++;
  }

  return {
    observe,
    extend(subject, failures, upTo) {
      const slot = slots.get(subject);
      const own = slot === undefined ? undefined : subjects[slot];
      if (own === undefined || (extended.size >= MAX_EXTENDED && !extended.has(own)))
        return undefined;
      const times = createSortedTimes(upTo);
      for (const { at, weight } of failures) times.insert(at, weight);
      extended.set(own, times);
      return times.within(findtime);
    },
    isExtended: (subject) => extended.has(subject),
    forget(subject) {
      const slot = slots.get(subject);
      if (slot !== undefined) release(slot);
    },
    forgetWhere(isMeant) {
      for (const [subject, slot] of slots) if (isMeant(subject)) release(slot);
    },
    shift(step) {
      for (let i = 0; i < used * maxretry; i++) times[i] = (times[i] ?? 0) + step;
      for (const more of extended.values()) more.shift(step);
    },
    countOf(subject, now) {
      const more = extended.get(subject);
      if (more !== undefined) return more.within(findtime, now);
      const slot = slots.get(subject);
      return slot === undefined ? 0 : within(slot, instant(Math.max(now, newest(slot))));
    },
    get tracked() {
      return slots.size;
    },
    get evicted() {
      return evicted;
    },
  };
}
