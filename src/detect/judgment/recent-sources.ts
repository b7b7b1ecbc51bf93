/** Counts the sources that were noted within a time, by log time. Bounded: beyond MAX_SOURCES, the oldest is dropped. */
import type { Duration } from "../../domain/duration.ts";

export const MAX_SOURCES = 1024;

/** Hash of a source, and when it was noted last, in epoch milliseconds. */
export type NotedSource = readonly [source: number, at: number];

export class RecentSources {
  readonly #within: Duration;
  /** In the order in which they were noted last. */
  #noted: Map<number, number>;
  #newest = 0;

  constructor(within: Duration, noted: readonly NotedSource[] = []) {
    this.#within = within;
    this.#noted = new Map(noted);
    this.#newest = Math.max(0, ...this.#noted.values());
  }

  get size(): number {
    return this.#noted.size;
  }

  note(source: number, at: number): void {
    this.#noted.delete(source);
    this.#noted.set(source, at);
    if (this.#noted.size > MAX_SOURCES) this.#dropFirst();
    this.pass(at);
  }

  /** Drops what is too old at this time. */
  pass(at: number): void {
    this.#newest = Math.max(this.#newest, at);
    for (const noted of this.#noted.values()) {
      if (noted >= this.#newest - this.#within) return;
      this.#dropFirst();
    }
  }

  /** Returns whether the source was there. */
  remove(source: number): boolean {
    return this.#noted.delete(source);
  }

  shift(step: number): void {
    this.#newest += step;
    this.#noted = new Map([...this.#noted].map(([source, at]) => [source, at + step]));
  }

  list(): readonly NotedSource[] {
    return [...this.#noted];
  }

  #dropFirst(): void {
    const [first] = this.#noted.keys();
    if (first !== undefined) this.#noted.delete(first);
  }
}
