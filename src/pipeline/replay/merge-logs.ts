/**
 * Merges logs in the order of their timestamps: rotated parts of one log, and logs of several hosts. The lines of one
 * log keep their order; one without a time follows the line before it. Holds one batch of each log.
 */
import type { RoutedBatch } from "./route-log.ts";
import type { RoutedMatch } from "./routed-match.ts";

export interface MergeOptions {
  readonly logs: readonly AsyncIterable<RoutedBatch>[];
  readonly onBatch: (batch: RoutedBatch) => void;
  readonly onMatch: (match: RoutedMatch) => void;
}

export async function mergeLogs({ logs, onBatch, onMatch }: MergeOptions): Promise<void> {
  let open = logs.map((log) => new MergedLog(log[Symbol.asyncIterator]()));
  let exhausted: readonly MergedLog[] = open;
  for (;;) {
    const ended = new Set<MergedLog>();
    for (const log of exhausted) if (!(await log.fill(onBatch))) ended.add(log);
    open = open.filter((log) => !ended.has(log));
    const [first, ...others] = open.toSorted((a, b) => a.time - b.time);
    if (first === undefined) return;
    first.takeUntil(others[0]?.time ?? Number.POSITIVE_INFINITY, onMatch);
    exhausted = [first];
  }
}

class MergedLog {
  readonly #batches: AsyncIterator<RoutedBatch>;
  #matches: readonly RoutedMatch[] = [];
  #next = 0;
  /** Time of the next match, or of an earlier one that is newer. */
  #time = Number.NEGATIVE_INFINITY;

  constructor(batches: AsyncIterator<RoutedBatch>) {
    this.#batches = batches;
  }

  get time(): number {
    return this.#time;
  }

  /** Reads up to the next match; returns false if the log has no more. */
  async fill(onBatch: MergeOptions["onBatch"]): Promise<boolean> {
    while (this.#next >= this.#matches.length) {
      const read = await this.#batches.next();
      if (read.done === true) return false;
      onBatch(read.value);
      this.#matches = read.value.matches;
      this.#next = 0;
    }
    this.#noteTime();
    return true;
  }

  takeUntil(until: number, onMatch: MergeOptions["onMatch"]): void {
    for (let i = this.#next; i < this.#matches.length && this.#time <= until; i = this.#next) {
      const match = this.#matches[i];
      if (match !== undefined) onMatch(match);
      this.#next++;
      this.#noteTime();
    }
  }

  #noteTime(): void {
    const at = this.#matches[this.#next]?.at;
    if (at !== undefined && at > this.#time) this.#time = at;
  }
}
