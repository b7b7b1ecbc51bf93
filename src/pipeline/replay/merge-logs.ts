/**
 * Merges logs in the order of their timestamps: rotated parts of one log, and logs of several hosts. The lines of one
 * log keep their order; one without a time follows the line before it. A log is opened when its first line is next;
 * holds one batch of each open log.
 */
import type { RoutedBatch } from "./route-log.ts";
import type { RoutedMatch } from "./routed-match.ts";

export interface LogToMerge {
  /** A time not after its first lines; -Infinity: unknown, so that it is opened at the beginning. */
  readonly from: number;
  readonly open: () => AsyncIterable<RoutedBatch>;
}

export interface MergeOptions {
  readonly logs: readonly LogToMerge[];
  readonly onBatch: (batch: RoutedBatch) => void;
  readonly onMatch: (match: RoutedMatch) => void;
}

export async function mergeLogs({ logs, onBatch, onMatch }: MergeOptions): Promise<void> {
  const waiting = logs.toSorted((a, b) => a.from - b.from);
  const open = new Set<MergedLog>();
  for (;;) {
    const [first, second] = [...open].sort((a, b) => a.time - b.time);
    const [next] = waiting;
    if (next !== undefined && (first === undefined || next.from <= first.time)) {
      waiting.shift();
      const log = new MergedLog(next.open());
      if (await log.fill(onBatch)) open.add(log);
      continue;
    }
    if (first === undefined) return;
    first.takeUntil(Math.min(second?.time ?? END, next?.from ?? END), onMatch);
    if (!(await first.fill(onBatch))) open.delete(first);
  }
}

const END = Number.POSITIVE_INFINITY;

class MergedLog {
  readonly #batches: AsyncIterator<RoutedBatch>;
  #matches: readonly RoutedMatch[] = [];
  #next = 0;
  /** Time of the next match, or of an earlier one that is newer. */
  #time = Number.NEGATIVE_INFINITY;

  constructor(batches: AsyncIterable<RoutedBatch>) {
    this.#batches = batches[Symbol.asyncIterator]();
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
