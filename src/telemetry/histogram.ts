/** Counts durations in buckets with fixed limits, as a histogram of Prometheus. */

/** Count of the durations that are at most `limit`, including those of lower buckets. */
export interface Bucket {
  /** In seconds. */
  readonly limit: number;
  readonly count: number;
}

export class Histogram {
  readonly #limits: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  /** `limits`: in seconds, ascending. */
  constructor(limits: readonly number[]) {
    this.#limits = limits;
    this.#counts = limits.map(() => 0);
  }

  observe(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    const bucket = this.#limits.findIndex((limit) => seconds <= limit);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Number of all durations. */
  get count(): number {
    return this.#count;
  }

  /** Sum of all durations, in seconds. */
  get sum(): number {
    return this.#sum;
  }

  buckets(): readonly Bucket[] {
    let count = 0;
    return this.#limits.map((limit, i) => {
      count += this.#counts[i] ?? 0;
      return { limit, count };
    });
  }
}
