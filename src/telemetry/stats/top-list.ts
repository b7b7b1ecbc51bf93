/**
 * Finds the most frequent keys of a stream in bounded memory (the space-saving algorithm, in its mergeable form). A key
 * that enters a full list may have been counted and dropped before, so it begins with the list's floor, as its error.
 */
import type { TopEntry, TopList } from "../../domain/stats.ts";

export const EMPTY_LIST: TopList = { entries: [], floor: 0 };

/** Counts keys. Between two trims there are up to twice as many as it keeps. */
export class TopCounter {
  readonly #capacity: number;
  #counts = new Map<string, TopEntry>();
  #floor = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(key: string, count: number): void {
    const before = this.#counts.get(key) ?? { key, count: this.#floor, error: this.#floor };
    this.#counts.set(key, { ...before, count: before.count + count });
    if (this.#counts.size > 2 * this.#capacity) this.#trim();
  }

  #trim(): void {
    const { entries, floor } = this.list();
    this.#counts = new Map(entries.map((entry) => [entry.key, entry]));
    this.#floor = floor;
  }

  list(): TopList {
    return trimTop({ entries: [...this.#counts.values()], floor: this.#floor }, this.#capacity);
  }
}

/** Keeps the most frequent keys; the others are covered by the floor. */
export function trimTop({ entries, floor }: TopList, capacity: number): TopList {
  const sorted = entries.toSorted((a, b) => b.count - a.count);
  const dropped = sorted[capacity]?.count ?? 0;
  return { entries: sorted.slice(0, capacity), floor: Math.max(floor, dropped) };
}

/** Adds up lists of different times. */
export function mergeTops(lists: readonly TopList[], capacity: number): TopList {
  return lists.reduce((a, b) => trimTop(mergeTwo(a, b), capacity), EMPTY_LIST);
}

function mergeTwo(a: TopList, b: TopList): TopList {
  const left = new Map(a.entries.map((entry) => [entry.key, entry]));
  const right = new Map(b.entries.map((entry) => [entry.key, entry]));
  const entries = [...new Set([...left.keys(), ...right.keys()])].map((key) => {
    const [one, other] = [left.get(key), right.get(key)];
    return {
      key,
      count: (one?.count ?? a.floor) + (other?.count ?? b.floor),
      error: (one?.error ?? a.floor) + (other?.error ?? b.floor),
    };
  });
  return { entries, floor: a.floor + b.floor };
}
