/**
 * Records which forks of a program a search reached at which position, one bit each: a fork that failed there fails
 * again. Kept for the program and each of its parts, for one search at a time.
 */
import { numberAt, type Program } from "./program.ts";

export interface ForkNotes {
  /** Starts another search, in a text of this length. */
  begin(length: number): void;
  /** Returns the record of the program; undefined: nothing is recorded for it. */
  of(program: Program): Int32Array | undefined;
  /** Starts recording; undefined if that is useless. */
  open(program: Program): Int32Array | undefined;
  /** Forgets what failed in a part that matched, because it may match there again. */
  forget(program: Program): void;
  /** Returns the bit number of a fork at a position, including the state of the program's conditions. */
  stateOf(program: Program, at: number, position: number, slots: Int32Array): number;
}

/** Maximum number of 32-bit words of all records (16 MiB). Searches that would need more are bounded by the effort. */
const MAX_WORDS = 1 << 22;

export function createForkNotes(): ForkNotes {
  const noted = new Map<Program, Int32Array>();
  let width = 1;

  return {
    begin(length) {
      width = length + 1;
      if (noted.size > 0) noted.clear();
    },
    of: (program) => (noted.size === 0 ? undefined : noted.get(program)),
    open(program) {
      const states = program.forks * width * 2 ** program.conditions.size;
      const words = (states >>> 5) + 1;
      if (program.remembers || states > MAX_WORDS * 32) return undefined;
      const bits = new Int32Array(words);
      noted.set(program, bits);
      return bits;
    },
    forget(program) {
      if (noted.size > 0) noted.delete(program);
    },
    stateOf({ forks, forkNumbers, conditions }, at, position, slots) {
      let mask = 0;
      for (const [group, bit] of conditions)
        if (numberAt(slots, group * 2 + 1) >= 0) mask |= 1 << bit;
      return (mask * forks + numberAt(forkNumbers, at)) * width + position;
    },
  };
}

/** Records the state, and returns whether it was recorded before. */
export function meet(bits: Int32Array, state: number): boolean {
  const word = state >>> 5;
  const flag = 1 << (state & 31);
  const before = numberAt(bits, word);
  bits[word] = before | flag;
  return (before & flag) !== 0;
}
