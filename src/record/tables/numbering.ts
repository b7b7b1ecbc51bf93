/**
 * Assigns ids that are never used twice, without a search for the highest one at start. Numbers are reserved in blocks,
 * in the transaction that uses the first of a block. After a kill, the rest of a block stays unused.
 */
import type { Facts } from "./facts.ts";

export interface Numbering {
  next(facts: Facts): number;
  /** Returns the number that `next` will return. `rewind` reuses numbers of a failed transaction. */
  position(): number;
  rewind(position: number): void;
}

/** The names of those of the ban book. */
export const NUMBERINGS = ["ban-number", "failure-number"] as const;

/** A number above every used one, for a record from which the used ones cannot be read. A multiple of any block. */
const ABOVE_ALL_USED = 1e15;

export function createNumbering(facts: Facts, name: string, block: number): Numbering {
  const stored = Number(facts.load(name) ?? 0);
  let position = Number.isSafeInteger(stored) && stored >= 0 ? stored : ABOVE_ALL_USED;
  return {
    next: (store) => {
      if (position % block === 0) store.save(name, String(position + block));
      return position++;
    },
    position: () => position,
    rewind: (earlier) => {
      position = earlier;
    },
  };
}
