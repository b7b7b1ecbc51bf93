/** Counts the sources that were noted within a time, by log time. Bounded: beyond MAX_SOURCES, old ones are dropped. */
import type { Duration } from "../../domain/duration.ts";
import { trimOldest } from "./trim-oldest.ts";

export const MAX_SOURCES = 1024;

/** Hash of a source, and when it was noted last, in epoch milliseconds. */
export type NotedSource = readonly [source: number, at: number];

export class RecentSources {
  readonly #within: Duration;
  /** In the order in which they were noted last. */
  #noted: Map<number, number>;
  /** Time of the first source when it was last looked at. */
  #firstAt = Number.NEGATIVE_INFINITY;

  constructor(within: Duration, noted: readonly NotedSource[] = []) {
    this.#within = within;
    this.#noted = new Map(noted);
  }

  get size(): number {
    return this.#noted.size;
  }

  note(source: number, at: number): void {
    this.#noted.delete(source);
    this.#noted.set(source, at);
    trimOldest(this.#noted, MAX_SOURCES);
  }

  /** Drops what is too old at this time. */
  pass(at: number): void {
    const since = at - this.#within;
    // Skipped while the first one is new enough, because a search for it passes the places of all that were deleted.
    if (since <= this.#firstAt) return;
    this.#firstAt = since;
    for (const [source, noted] of this.#noted) {
      if (noted >= since) {
        this.#firstAt = noted;
        return;
      }
      this.#noted.delete(source);
    }
  }

  has(source: number): boolean {
    return this.#noted.has(source);
  }

  /** Returns whether the source was there. */
  remove(source: number): boolean {
    return this.#noted.delete(source);
  }

  shift(step: number): void {
    this.#firstAt += step;
    this.#noted = new Map([...this.#noted].map(([source, at]) => [source, at + step]));
  }

  list(): readonly NotedSource[] {
    return [...this.#noted];
  }
}
