/**
 * Which forks of a program a search met at which position, one bit each: what failed there once fails again. Kept for
 * the program and for each of its parts, of one search at a time.
 */
import { numberAt, type Program } from "./program.ts";

export interface ForkNotes {
  /** Another search begins, in a text of this length. */
  begin(length: number): void;
  /** undefined: nothing is noted of it. */
  of(program: Program): Int32Array | undefined;
  /** Begins to note; undefined where that is no use. */
  open(program: Program): Int32Array | undefined;
  /** A part that matched once may match there again. */
  forget(program: Program): void;
  /** Number of a fork at a position, with what the program's conditions ask for. */
  stateOf(program: Program, at: number, position: number, slots: Int32Array): number;
}

/** 16 MiB; where it would take more, the effort bounds the search. */
const MOST_WORDS = 1 << 22;

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
      if (program.remembers || states > MOST_WORDS * 32) return undefined;
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

/** Notes that it is met, and tells whether it was before. */
export function meet(bits: Int32Array, state: number): boolean {
  const word = state >>> 5;
  const flag = 1 << (state & 31);
  const before = numberAt(bits, word);
  bits[word] = before | flag;
  return (before & flag) !== 0;
}
