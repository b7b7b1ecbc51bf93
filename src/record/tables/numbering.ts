/**
 * Ids that are never given twice, without a search for the highest one at start: numbers are reserved in blocks, in
 * the transaction that uses the first of a block. What a kill leaves of a block stays unused.
 */
import type { Facts } from "./facts.ts";

export interface Numbering {
  next(facts: Facts): number;
  /** The number that `next` returns; resetting it reuses what a failed transaction had taken. */
  position(): number;
  rewind(position: number): void;
}

/** Above every used number, if the record cannot tell which those are. A multiple of any block. */
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
