/**
 * Holds alternatives that were not tried yet, and the previous values of slots. An entry is a pair of numbers:
 * instruction and position of an alternative, or -1 minus the slot and its previous value.
 */
import { numberAt } from "./program.ts";

const FIRST_CAPACITY = 256;

export class BacktrackStack {
  /** Positions of groups and of iterations; -1: unset. */
  readonly slots: Int32Array;
  #entries = new Int32Array(FIRST_CAPACITY);
  #top = 0;
  /** The alternative that `retreat` removed: its instruction and position. */
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

  /** Sets a slot. If this alternative fails, the slot gets its old value back. */
  setSlot(slot: number, value: number): void {
    this.#push(-1 - slot, numberAt(this.slots, slot));
    this.slots[slot] = value;
  }

  isSet(slot: number): boolean {
    return numberAt(this.slots, slot) >= 0;
  }

  /** Removes the newest alternative above the height into `at` and `position`; false if none is left. */
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

  /** Drops the alternatives above the height; slots keep their values until an earlier alternative is taken. */
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
