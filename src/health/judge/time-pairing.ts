/**
 * Pairs lines with records of the same events. A pair has the same key, and times at most `MAX_APART_MS` apart; each
 * line and record is used once, in any order of arrival. At most `MAX_WAITING` of each wait; the oldest is dropped
 * first.
 */
import type { Instant } from "../../domain/instant.ts";

/** Maximum difference between the timestamps of a line and of its record. */
export const MAX_APART_MS = 60_000;
const MAX_WAITING = 1024;

export interface Timed {
  readonly at: Instant;
}

export class TimePairing<Line extends Timed, Item extends Timed> {
  readonly #lines = new WaitingItems<Line>();
  readonly #records = new WaitingItems<Item>();

  /** Adds a line; returns its record, or undefined if the line now waits for one. */
  addLine(key: string, line: Line, now: Instant): Item | undefined {
    const record = this.#records.take(key, line.at);
    if (record === undefined) this.#lines.add(key, line, now);
    return record;
  }

  /** Adds a record; returns its line, or undefined if the record now waits for one. */
  addRecord(key: string, record: Item, now: Instant): Line | undefined {
    const line = this.#lines.take(key, record.at);
    if (line === undefined) this.#records.add(key, record, now);
    return line;
  }

  /** Returns a waiting line with the key, whatever its time. */
  waitingLine(key: string): Line | undefined {
    return this.#lines.first(key);
  }

  /** Removes lines and records that were added before `then`. */
  forget(then: Instant): void {
    this.#lines.forget(then);
    this.#records.forget(then);
  }
}

interface Waiting<Item> {
  readonly item: Item;
  readonly since: Instant;
}

class WaitingItems<Item extends Timed> {
  readonly #byKey = new Map<string, Waiting<Item>[]>();
  #size = 0;
  /** No item has waited since before this time, so that forgetting need not look at them. */
  #oldest = Number.POSITIVE_INFINITY;

  add(key: string, item: Item, since: Instant): void {
    if (this.#size >= MAX_WAITING) this.#dropOldest();
    const list = this.#byKey.getOrInsertComputed(key, () => []);
    list.push({ item, since });
    this.#oldest = Math.min(this.#oldest, since);
    this.#size++;
  }

  take(key: string, at: Instant): Item | undefined {
    const list = this.#byKey.get(key) ?? [];
    const index = list.findIndex(({ item }) => Math.abs(item.at - at) <= MAX_APART_MS);
    const [found] = index < 0 ? [] : list.splice(index, 1);
    if (found === undefined) return undefined;
    this.#size--;
    if (list.length === 0) this.#byKey.delete(key);
    return found.item;
  }

  first(key: string): Item | undefined {
    return this.#byKey.get(key)?.[0]?.item;
  }

  forget(then: Instant): void {
    if (then <= this.#oldest) return;
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const [key, list] of this.#byKey) {
      const kept = list.filter(({ since }) => since >= then);
      for (const { since } of kept) this.#oldest = Math.min(this.#oldest, since);
      this.#size -= list.length - kept.length;
      if (kept.length === 0) this.#byKey.delete(key);
      else this.#byKey.set(key, kept);
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#byKey;
    if (oldest === undefined) return;
    const [key, list] = oldest;
    list.shift();
    this.#size--;
    if (list.length === 0) this.#byKey.delete(key);
  }
}
