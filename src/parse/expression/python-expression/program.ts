/**
 * Defines the program that the exact matcher runs: instructions with two operands each, in arrays. Counted repetitions
 * are unrolled, so what follows depends only on the instruction, the position, and the groups that a condition refers
 * to.
 */
import { type CharacterSet, createCharacterSet } from "./character-classes.ts";

/** Operations. Brackets name their operands x and y. */
export const OP = {
  /** Consumes the character (code). */
  character: 0,
  /** Consumes a character of the set (its index). */
  set: 1,
  /** Consumes as many characters of the set (its index) as possible, and fewer on failure; then continues at y. */
  loop: 2,
  /** Continues at the first (x), and on failure at the second (y). */
  split: 3,
  jump: 4,
  /** Stores the position in the slot (x). */
  save: 5,
  start: 6,
  lineStart: 7,
  end: 8,
  lineEnd: 9,
  veryEnd: 10,
  /** Tests for a word edge (1: for no edge, the set of word characters). */
  wordEdge: 11,
  /** Consumes the text of a group again (group, 1: in any case). */
  backReference: 12,
  /** Continues with the next instruction if the group participated (group, where to continue if not). */
  condition: 13,
  /** Tests a lookahead or lookbehind (part). */
  look: 14,
  /** Runs an atomic group (part). */
  atomic: 15,
  /** Resets the start position of an iteration (slot). */
  clear: 16,
  /** Ends a repetition after an empty iteration (slot, where to continue; -1: nowhere). */
  again: 17,
  /** Consumes the characters of the literal (its index). */
  literal: 18,
  /** The literal (its index) must occur here or later. */
  needs: 19,
  match: 20,
} as const;

/** A part of the program that is matched independently. */
export interface Part {
  readonly program: Program;
  readonly negated: boolean;
  /** Number of characters to step back before the match, for a lookbehind. */
  readonly back: number;
}

/** Instructions as columns: operation and operands. */
export interface Instructions {
  readonly ops: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Minimum number of iterations of a loop; `most` has the maximum. */
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly sets: readonly CharacterSet[];
  readonly literals: readonly string[];
}

export interface Program extends Instructions {
  readonly parts: readonly Part[];
  /** Possible first characters of a split's alternatives. For a loop, y is what follows it. */
  readonly firstOfX: readonly (FirstCodes | undefined)[];
  readonly firstOfY: readonly (FirstCodes | undefined)[];
  /** For a loop: text that must occur at its end. */
  readonly literalAfter: readonly string[];
  /** Possible first characters of a match. */
  readonly first: FirstCodes | undefined;
  /** A match can only begin at the start of the text. */
  readonly anchored: boolean;
  /** Splits and loops by number, -1 for other instructions. */
  readonly forkNumbers: Int32Array;
  readonly forks: number;
  /** Maps each group that conditions test to its bit. */
  readonly conditions: ReadonlyMap<number, number>;
  /** Whether what follows depends on the text of groups, so that no fork may be skipped as tried. */
  readonly remembers: boolean;
  /**
   * Number of positions kept: two for each group, the whole match first, then one for each repetition with possibly
   * empty iterations.
   */
  readonly slots: number;
}

/** The characters with which a match can continue. */
export interface FirstCodes {
  /** 1 for each possible ASCII code; at END for the end of the text. */
  readonly table: Uint8Array;
  /** Sets that may contain further non-ASCII characters. */
  readonly sets: readonly CharacterSet[];
}

export const END = 128;

const NO_SET: CharacterSet = createCharacterSet([], {
  negated: false,
  ignoreCase: false,
  ascii: false,
});

/** The maximum count of a loop without an upper bound. */
export const ENDLESS = 0x7fff_ffff;

/** Returns an operand of an instruction, or the value of a slot. */
export function numberAt(numbers: Int32Array, at: number): number {
  return numbers[at] ?? 0;
}

export function setAt({ sets }: Instructions, index: number): CharacterSet {
  return sets[index] ?? NO_SET;
}

export function literalOf({ literals }: Instructions, index: number): string {
  return literals[index] ?? "";
}
