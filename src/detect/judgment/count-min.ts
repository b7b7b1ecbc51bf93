/**
 * Counts values by hash in 32 KiB (count-min sketch, Cormode and Muthukrishnan 2005), and forgets slowly.
 * An estimate is never below the true count; it exceeds it by more than N × e/4096 (0.07% of all N counted values) with
 * a probability of e⁻⁴ = 1.8%. A counter stops at 65,535. The result does not depend on the order of the values.
 */
import { mixHash } from "./hash.ts";

const ROWS = 4;
const COLUMNS = 4096;
const CELLS: number = ROWS * COLUMNS;
const MAX_COUNT = 65_535;

export class CountMin {
  readonly #cells = new Uint16Array(CELLS);

  constructor(cells: readonly number[] = []) {
    this.#cells.set(cells.slice(0, CELLS));
  }

  /** The counters, row by row. */
  get cells(): Iterable<number> {
    return this.#cells;
  }

  add(hash: number): void {
    for (let row = 0; row < ROWS; row++) {
      const cell = cellOf(hash, row);
      this.#cells[cell] = Math.min(MAX_COUNT, (this.#cells[cell] ?? 0) + 1);
    }
  }

  estimate(hash: number): number {
    let least = MAX_COUNT;
    for (let row = 0; row < ROWS; row++)
      least = Math.min(least, this.#cells[cellOf(hash, row)] ?? 0);
    return least;
  }

  /** Keeps 7/8 of each count, rounded down, and adds the counts of `other`, which is emptied. */
  absorb(other: CountMin): void {
    for (let i = 0; i < CELLS; i++) {
      const kept = Math.floor(((this.#cells[i] ?? 0) * 7) / 8);
      this.#cells[i] = Math.min(MAX_COUNT, kept + (other.#cells[i] ?? 0));
    }
    other.#cells.fill(0);
  }
}

function cellOf(hash: number, row: number): number {
  return row * COLUMNS + (mixHash(hash, row) & (COLUMNS - 1));
}
