/**
 * Counts, for each thing that sources can have in common, how many of them have it: an account, a pair of accounts in
 * order, a network. What came in the current second does not count yet, so the order of lines within a second does not
 * matter. Bounded: when it is full, things of one source are forgotten.
 */
interface Tie {
  /** Count of the seconds before `second`. */
  closed: number;
  second: number;
  /** Count within `second`. */
  open: number;
}

export class TieCounts {
  readonly #limit: number;
  readonly #ties = new Map<number, Tie>();
  #refused = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(key: number, second: number): void {
    const tie = this.#ties.get(key);
    if (tie === undefined) {
      if (this.#ties.size >= this.#limit) this.#makeRoom();
      if (this.#ties.size < this.#limit) this.#ties.set(key, { closed: 0, second, open: 1 });
      return;
    }
    if (second > tie.second) {
      tie.closed += tie.open;
      tie.open = 0;
      tie.second = second;
    }
    tie.open++;
  }

  /** Returns the number of sources before this second. */
  before(key: number, second: number): number {
    const tie = this.#ties.get(key);
    if (tie === undefined) return 0;
    return tie.second < second ? tie.closed + tie.open : tie.closed;
  }

  /** Adds the counts of another one. */
  addAll(other: TieCounts): void {
    for (const [key, { closed, open, second }] of other.#ties)
      this.#put(key, closed + open, second);
  }

  state(): readonly (readonly [key: number, count: number])[] {
    return [...this.#ties].map(([key, { closed, open }]) => [key, closed + open]);
  }

  restore(counts: Iterable<readonly [key: number, count: number]>): void {
    for (const [key, count] of counts) this.#put(key, count, 0);
  }

  #put(key: number, count: number, second: number): void {
    const tie = this.#ties.get(key);
    if (tie !== undefined) tie.closed += count;
    else if (this.#ties.size < this.#limit) this.#ties.set(key, { closed: count, second, open: 0 });
  }

  /** Costs a pass over all, so only one of so many refused things pays for it. */
  #makeRoom(): void {
    if (this.#refused++ % this.#limit !== 0) return;
    for (const [key, { closed, open }] of this.#ties)
      if (closed + open <= 1) this.#ties.delete(key);
  }
}
