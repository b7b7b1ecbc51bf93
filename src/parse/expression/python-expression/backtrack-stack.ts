/**
 * A backtracking stack holds ways not tried yet, and the values that slots had before they were set. Entries are pairs
 * of numbers: instruction and position of a way, or -1 - slot and its earlier value.
 */
import { numberAt } from "./program.ts";

const FIRST_CAPACITY = 256;

export class BacktrackStack {
  /** Positions of groups and of rounds, -1 where unset. */
  readonly slots: Int32Array;
  #entries = new Int32Array(FIRST_CAPACITY);
  #top = 0;
  /** The way that `retreat` took off: its instruction and its position. */
  at = 0;
  position = 0;

  constructor(slots: number) {
    this.slots = new Int32Array(slots);
  }

  get height(): number {
    return this.#top;
  }

  clear(): void {
    this.slots.fill(-1);
    this.#top = 0;
  }

  pushWay(at: number, position: number): void {
    this.#push(at, position);
  }

  /** The slot gets its earlier value back when this way leads nowhere. */
  setSlot(slot: number, value: number): void {
    this.#push(-1 - slot, numberAt(this.slots, slot));
    this.slots[slot] = value;
  }

  isSet(slot: number): boolean {
    return numberAt(this.slots, slot) >= 0;
  }

  /** Takes the newest way above the height off, into `at` and `position`; false when none is left. */
  retreat(height: number): boolean {
    const entries = this.#entries;
    while (this.#top > height) {
      this.#top -= 2;
      const tag = numberAt(entries, this.#top);
      const value = numberAt(entries, this.#top + 1);
      if (tag >= 0) {
        this.at = tag;
        this.position = value;
        return true;
      }
      this.slots[-1 - tag] = value;
    }
    return false;
  }

  /** Drops everything above the height, and resets the slots to their earlier values. */
  undo(height: number): void {
    while (this.retreat(height));
  }

  /** Drops the ways above the height; slots keep their values until an earlier way is taken. */
  commit(height: number): void {
    const entries = this.#entries;
    let kept = height;
    for (let i = height; i < this.#top; i += 2) {
      const tag = numberAt(entries, i);
      if (tag >= 0) continue;
      entries[kept] = tag;
      entries[kept + 1] = numberAt(entries, i + 1);
      kept += 2;
    }
    this.#top = kept;
  }

  #push(tag: number, value: number): void {
    if (this.#top + 2 > this.#entries.length) {
      const longer = new Int32Array(this.#entries.length * 2);
      longer.set(this.#entries);
      this.#entries = longer;
    }
    this.#entries[this.#top] = tag;
    this.#entries[this.#top + 1] = value;
    this.#top += 2;
  }
}
