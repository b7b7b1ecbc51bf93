/**
 * Counts sources that begin to fail at a target, in buckets of ten minutes over one day, and compares the last hour and
 * the last day with the target's habit: mean and variance of its hourly counts, over about two weeks. 144 counters.
 *
 * Model: more than twice the habit plus four standard deviations in an hour is no chance; days differ more, so there it
 * is three times plus five. While the habit is known for few days, it takes more. A daemon that was off for days learns
 * at most 24 empty hours, and an unusual hour teaches at most the threshold, so that a campaign does not soon become the
 * habit.
 */

/** Length of a bucket, in milliseconds. */
export const BUCKET_MS = 600_000;
const PER_HOUR = 6;
const PER_DAY = 144;
/** Number of hours that the habit remembers. */
const MEMORY_HOURS = 336;
/** Number of hours until a habit is known. */
const LEARNING_HOURS = 48;
/** What is unusual in an hour and in a day: `unsure` is added to the factor at LEARNING_HOURS, and later less. */
const HOUR = { minTimes: 1, factor: 2, unsure: 1, deviations: 4 };
const DAY = { minTimes: 2, factor: 3, unsure: 3, deviations: 5 };

/** More sources than usual. */
export interface Excess {
  readonly count: number;
  /** The usual count in as many hours. */
  readonly expected: number;
  readonly hours: number;
}

export interface ArrivalsState {
  readonly head: number;
  readonly counts: readonly number[];
  readonly habit: readonly [hours: number, mean: number, square: number];
}

export class Arrivals {
  readonly #min: number;
  readonly #counts = new Uint32Array(PER_DAY);
  /** Sum of the counts. */
  #total = 0;
  /** The newest bucket, counted from the epoch; -1: none. */
  #head = -1;
  #hours = 0;
  #mean = 0;
  /** Mean of the squares of the hourly counts. */
  #square = 0;

  /** `min`: number of sources beyond the usual in an hour that is unusual anywhere; twice as many in a day. */
  constructor(min: number) {
    this.#min = min;
  }

  /** Changes the count at a time; one before the last day is ignored. */
  change(at: number, by: number): void {
    const bucket = Math.floor(at / BUCKET_MS);
    this.advance(at);
    if (bucket <= this.#head - PER_DAY) return;
    this.#set(bucket, Math.max(0, this.#at(bucket) + by));
  }

  /** Lets time pass, and learns from the hours that ended. */
  advance(at: number): void {
    const bucket = Math.floor(at / BUCKET_MS);
    if (this.#head < 0) this.#head = bucket;
    const last = Math.min(bucket, this.#head + PER_DAY);
    for (let next = this.#head + 1; next <= last; next++) {
      if (next % PER_HOUR === 0) this.#learn(this.#sum(PER_HOUR));
      this.#head = next;
      this.#set(next, 0);
    }
    if (bucket > this.#head) this.#head = bucket;
  }

  /** Moves all counts with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    const buckets = Math.round(step / BUCKET_MS);
    if (this.#head < 0 || this.#head + buckets < PER_DAY) return;
    const counts = Array.from({ length: PER_DAY }, (_, age) => this.#at(this.#head - age));
    this.#head += buckets;
    for (const [age, count] of counts.entries()) this.#set(this.#head - age, count);
  }

  /** Returns the unusual count of the last hour or day; undefined: usual, or the habit is not known yet. */
  excess(): Excess | undefined {
    if (this.#hours < LEARNING_HOURS) return undefined;
    for (const hours of [1, 24]) {
      const count = this.#sum(hours * PER_HOUR);
      if (count >= this.threshold(hours)) return { count, expected: this.#mean * hours, hours };
    }
    return undefined;
  }

  /** Returns the number of sources within `hours` that is unusual. */
  threshold(hours: number): number {
    const { minTimes, factor, unsure, deviations } = hours < 24 ? HOUR : DAY;
    const times = factor + (unsure * LEARNING_HOURS) / Math.max(1, this.#hours);
    const unusual = times * this.#mean * hours + deviations * this.#deviation(hours);
    return Math.max(minTimes * this.#min + Math.floor(this.#mean * hours), unusual);
  }

  /** Returns whether the last `hours` were as usual, by a lower bound than `threshold`. */
  isUsual(hours: number): boolean {
    const count = this.#sum(hours * PER_HOUR);
    return count <= 1.5 * this.#mean * hours + 2 * this.#deviation(hours) + 3;
  }

  /** Returns the time of the oldest bucket since when every one had more sources than usual, within the window. */
  risenSince(hours: number): number {
    const usual = this.#mean / PER_HOUR;
    const oldest = this.#head - hours * PER_HOUR + 1;
    let since = this.#head;
    while (since > oldest && this.#at(since - 1) > usual) since--;
    return since * BUCKET_MS;
  }

  /** Makes the rate of the last day the habit. */
  adopt(): void {
    this.#mean = this.#sum(PER_DAY) / 24;
    this.#square = this.#mean * this.#mean + this.#mean;
  }

  /** Forgets what was more than usual in the last day, so that it does not count twice. */
  forgetExcess(): void {
    const usual = Math.floor(this.#mean / PER_HOUR);
    for (let cell = 0; cell < PER_DAY; cell++) this.#set(cell, Math.min(this.#at(cell), usual));
  }

  state(): ArrivalsState {
    return {
      head: this.#head,
      counts: [...this.#counts],
      habit: [this.#hours, this.#mean, this.#square],
    };
  }

  restore({ head, counts, habit }: ArrivalsState): void {
    this.#head = head;
    for (const [cell, count] of counts.slice(0, PER_DAY).entries()) this.#set(cell, count);
    [this.#hours, this.#mean, this.#square] = habit;
  }

  #learn(count: number): void {
    const taught = this.#hours < LEARNING_HOURS ? count : Math.min(count, this.threshold(1));
    this.#hours = Math.min(MEMORY_HOURS, this.#hours + 1);
    this.#mean += (taught - this.#mean) / this.#hours;
    this.#square += (taught * taught - this.#square) / this.#hours;
  }

  /** Returns the standard deviation of the count of so many hours. Chance alone makes it the root of the mean. */
  #deviation(hours: number): number {
    const variance = Math.max(this.#mean, this.#square - this.#mean * this.#mean);
    return Math.sqrt(variance * hours);
  }

  #sum(buckets: number): number {
    if (buckets === PER_DAY) return this.#total;
    let sum = 0;
    for (let i = 0; i < buckets; i++) sum += this.#at(this.#head - i);
    return sum;
  }

  #set(bucket: number, count: number): void {
    this.#total += count - this.#at(bucket);
    this.#counts[bucket % PER_DAY] = count;
  }

  #at(bucket: number): number {
    return bucket < 0 ? 0 : (this.#counts[bucket % PER_DAY] ?? 0);
  }
}
