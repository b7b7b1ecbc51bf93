/**
 * Counts failures per subject in an exact sliding window over log time. The window ends at the subject's newest
 * failure: an offense is `maxretry` failures not older than `findtime` before it, in whatever order the lines arrive.
 *
 * Only the newest `maxretry` times of a subject can make an offense, so only those are kept, in one flat array: about 9
 * × maxretry + 100 bytes per subject. Bounded by `maxTracked`; when full, the least recent of SAMPLE subjects is
 * evicted and counted. A clock hand advances two slots for each failure and frees those that no failure can extend any
 * more, so the cost of a failure does not depend on the number of subjects.
 *
 * Subjects with a raised threshold keep more times (see `extend`), outside the array: at most MAX_EXTENDED subjects.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { detachString } from "../domain/detach-string.ts";
import { createSortedTimes, type SortedTimes } from "./sorted-times.ts";

export interface WindowPolicy {
  readonly findtime: Duration;
  readonly maxretry: number;
  readonly maxTracked: number;
}

export interface Observed {
  /** Number of failures inside the window that ends with the newest one, at most maxretry or the extended limit. */
  readonly count: number;
  /** Whether maxretry was reached. For an extended subject the caller checks `count`. */
  readonly offense: boolean;
  /** Whether evidence may have added some of them, so that fewer failures than `count` may be in the window. */
  readonly hasExtra: boolean;
}

export interface TimedFailure {
  readonly at: Instant;
  readonly weight: number;
}

export interface FailureWindow {
  /** Counts a failure `weight` times, and `extra` times more because of evidence. */
  observe(subject: Subject, at: Instant, weight: number, extra?: number): Observed;
  /**
   * Counts up to `upTo` failures from now on, for a subject that has reached maxretry. `failures` are all its known
   * failures. Returns the new count; undefined, without a change, when there is no room.
   */
  extend(subject: Subject, failures: readonly TimedFailure[], upTo: number): number | undefined;
  isExtended(subject: Subject): boolean;
  forget(subject: Subject): void;
  /** Forgets every tracked subject that satisfies the condition. */
  forgetWhere(isMeant: (subject: Subject) => boolean): void;
  /** Adjusts all times to a step of the wall clock, in milliseconds. */
  shift(step: number): void;
  countOf(subject: Subject, now: Instant): number;
  readonly tracked: number;
  readonly evicted: number;
}

const SAMPLE = 8;
const FIRST_CAPACITY = 256;
const MAX_EXTENDED = 4096;

export function createFailureWindow(policy: WindowPolicy): FailureWindow {
  return new FlatWindow(policy);
}

class FlatWindow implements FailureWindow {
  readonly #findtime: Duration;
  readonly #maxretry: number;
  readonly #maxTracked: number;
  readonly #slots = new Map<Subject, number>();
  readonly #free: number[] = [];
  readonly #extended = new Map<Subject, SortedTimes>();
  /** The subject of each slot; undefined: the slot is free. */
  #subjects: (Subject | undefined)[] = emptySlots(FIRST_CAPACITY);
  /** Times of each slot, up to maxretry, sorted. */
  #times: Float64Array;
  /** For each time, whether evidence added it. */
  #extras: Uint8Array;
  #counts = new Uint16Array(FIRST_CAPACITY);
  #used = 0;
  #hand = 0;
  #evicted = 0;

  constructor({ findtime, maxretry, maxTracked }: WindowPolicy) {
    this.#findtime = findtime;
    this.#maxretry = maxretry;
    this.#maxTracked = maxTracked;
    this.#times = new Float64Array(FIRST_CAPACITY * maxretry);
    this.#extras = new Uint8Array(FIRST_CAPACITY * maxretry);
  }

  get tracked(): number {
    return this.#slots.size;
  }

  get evicted(): number {
    return this.#evicted;
  }

  observe(subject: Subject, at: Instant, weight: number, extra: number = 0): Observed {
    this.#sweep(at);
    const slot = this.#slots.get(subject) ?? this.#claim(subject);
    this.#insertTimes(slot, at, weight, 0);
    this.#insertTimes(slot, at, extra, 1);
    const more = this.#extended.size === 0 ? undefined : this.#extended.get(subject);
    more?.insert(at, weight + extra);
    const count =
      more === undefined ? this.#within(slot, this.#newest(slot)) : more.within(this.#findtime);
    const hasExtra = more !== undefined || this.#hasExtra(slot);
    return { count, offense: count >= this.#maxretry, hasExtra };
  }

  extend(subject: Subject, failures: readonly TimedFailure[], upTo: number): number | undefined {
    const extended = this.#extended;
    const slot = this.#slots.get(subject);
    const own = slot === undefined ? undefined : this.#subjects[slot];
    if (own === undefined || (extended.size >= MAX_EXTENDED && !extended.has(own)))
      return undefined;
    const times = createSortedTimes(upTo);
    for (const { at, weight } of failures) times.insert(at, weight);
    extended.set(own, times);
    return times.within(this.#findtime);
  }

  isExtended(subject: Subject): boolean {
    return this.#extended.has(subject);
  }

  forget(subject: Subject): void {
    const slot = this.#slots.get(subject);
    if (slot !== undefined) this.#release(slot, subject);
  }

  forgetWhere(isMeant: (subject: Subject) => boolean): void {
    for (const [subject, slot] of this.#slots) if (isMeant(subject)) this.#release(slot, subject);
  }

  shift(step: number): void {
    const end = this.#used * this.#maxretry;
    for (let i = 0; i < end; i++) this.#times[i] = this.#timeAt(i) + step;
    for (const more of this.#extended.values()) more.shift(step);
  }

  countOf(subject: Subject, now: Instant): number {
    const more = this.#extended.get(subject);
    if (more !== undefined) return more.within(this.#findtime, now);
    const slot = this.#slots.get(subject);
    return slot === undefined ? 0 : this.#within(slot, Math.max(now, this.#newest(slot)));
  }

  #insertTimes(slot: number, at: Instant, count: number, isExtra: 0 | 1): void {
    for (let i = Math.min(count, this.#maxretry); i > 0; i--) this.#insert(slot, at, isExtra);
  }

  /** Inserts a time into the slot's sorted times, and drops the oldest when it is full. */
  #insert(slot: number, at: Instant, isExtra: 0 | 1): void {
    const [times, extras] = [this.#times, this.#extras];
    const base = slot * this.#maxretry;
    let length = this.#countAt(slot);
    if (length === this.#maxretry) {
      if (at <= this.#timeAt(base)) return;
      times.copyWithin(base, base + 1, base + length);
      extras.copyWithin(base, base + 1, base + length);
      length--;
    }
    let i = base + length;
    while (i > base && this.#timeAt(i - 1) > at) {
      times[i] = this.#timeAt(i - 1);
      extras[i] = extras[i - 1] ?? 0;
      i--;
    }
    times[i] = at;
    extras[i] = isExtra;
    this.#counts[slot] = length + 1;
  }

  #newest(slot: number): number {
    return this.#timeAt(slot * this.#maxretry + this.#countAt(slot) - 1);
  }

  /** Returns the number of times from findtime before `end` to `end`. */
  #within(slot: number, end: number): number {
    const start = end - this.#findtime;
    const base = slot * this.#maxretry;
    const length = this.#countAt(slot);
    let count = 0;
    for (let i = base; i < base + length; i++) {
      const time = this.#timeAt(i);
      if (time >= start && time <= end) count++;
    }
    return count;
  }

  #hasExtra(slot: number): boolean {
    const base = slot * this.#maxretry;
    const end = base + this.#countAt(slot);
    for (let i = base; i < end; i++) if (this.#extras[i] === 1) return true;
    return false;
  }

  #timeAt(index: number): number {
    return this.#times[index] ?? 0;
  }

  #countAt(slot: number): number {
    return this.#counts[slot] ?? 0;
  }

  #claim(subject: Subject): number {
    if (this.#slots.size >= this.#maxTracked) this.#evict();
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.#counts.length) this.#grow();
    // Detach the string, because it is kept much longer than its chunk of the log.
    const own = detachString(subject);
    this.#slots.set(own, slot);
    this.#subjects[slot] = own;
    this.#counts[slot] = 0;
    return slot;
  }

  #grow(): void {
    const capacity = this.#counts.length * 2;
    const times = new Float64Array(capacity * this.#maxretry);
    times.set(this.#times);
    this.#times = times;
    const extras = new Uint8Array(capacity * this.#maxretry);
    extras.set(this.#extras);
    this.#extras = extras;
    const counts = new Uint16Array(capacity);
    counts.set(this.#counts);
    this.#counts = counts;
    this.#subjects = [...this.#subjects, ...emptySlots(capacity - this.#subjects.length)];
  }

  #release(slot: number, subject: Subject): void {
    this.#slots.delete(subject);
    this.#extended.delete(subject);
    this.#subjects[slot] = undefined;
    this.#free.push(slot);
  }

  /**
   * Frees slots that no failure can extend. Lines may be late by up to findtime, and the window of a late line reaches
   * back as far again.
   */
  #sweep(at: Instant): void {
    const oldest = at - 2 * this.#findtime;
    for (let i = 0; i < 2 && this.#used > 0; i++) {
      const subject = this.#subjects[this.#advance()];
      if (subject !== undefined && this.#newest(this.#hand) < oldest)
        this.#release(this.#hand, subject);
    }
  }

  /**
   * Releases the least recent of the next SAMPLE subjects. Every slot is used, because slots are added only while none
   * is free.
   */
  #evict(): void {
    let oldest = this.#advance();
    for (let looks = Math.min(SAMPLE, this.#used); looks > 1; looks--)
      if (this.#newest(this.#advance()) < this.#newest(oldest)) oldest = this.#hand;
    const subject = this.#subjects[oldest];
    if (subject !== undefined) this.#release(oldest, subject);
    this.#evicted++;
  }

  /** Moves the hand to the next slot and returns it. */
  #advance(): number {
    this.#hand = this.#hand + 1 < this.#used ? this.#hand + 1 : 0;
    return this.#hand;
  }
}

function emptySlots(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}
