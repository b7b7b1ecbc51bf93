/**
 * What the exact matcher runs: instructions with two numbers each, in arrays. Counted repetitions are written out, so
 * what comes next depends only on the instruction, the position, and the groups that a condition asks about.
 */
import { type CharacterSet, createCharacterSet } from "./character-classes.ts";

/** What an instruction does; in brackets its numbers x and y. */
export const OP = {
  /** Takes the character (code). */
  character: 0,
  /** Takes a character of the set (its index). */
  set: 1,
  /** Takes as many characters of the set (its index) as it may, with fewer when that leads nowhere; then goes on at y. */
  loop: 2,
  /** Goes on at the first (x), and when that leads nowhere at the second (y). */
  split: 3,
  jump: 4,
  /** Notes the position in the slot (x). */
  save: 5,
  start: 6,
  lineStart: 7,
  end: 8,
  lineEnd: 9,
  veryEnd: 10,
  /** (1: not at one, the set of word characters) */
  wordEdge: 11,
  /** (group, 1: in any case) */
  backReference: 12,
  /** (group, where to go on when it took no part) */
  condition: 13,
  /** (part) */
  look: 14,
  /** (part) */
  atomic: 15,
  /** Forgets where a round of a repetition began (slot). */
  clear: 16,
  /** A round that took nothing is the last (slot, where to go on then; -1: nowhere). */
  again: 17,
  /** Takes the characters of the literal (its index). */
  literal: 18,
  /** The literal (its index) must stand here or later. */
  needs: 19,
  match: 20,
} as const;

/** A part that is matched for itself. */
export interface Part {
  readonly program: Program;
  readonly negated: boolean;
  /** Characters to go back first. */
  readonly back: number;
}

/** Instructions in columns. */
export interface Instructions {
  readonly ops: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Of a loop: how often at least and at most. */
  readonly least: Int32Array;
  readonly most: Int32Array;
  readonly sets: readonly CharacterSet[];
  readonly literals: readonly string[];
}

export interface Program extends Instructions {
  readonly parts: readonly Part[];
  /** What the ways of a split can begin with; for a loop y is what comes after it. */
  readonly firstOfX: readonly (FirstCodes | undefined)[];
  readonly firstOfY: readonly (FirstCodes | undefined)[];
  /** Of a loop: text that must stand where it ends. */
  readonly literalAfter: readonly string[];
  /** What a match can begin with. */
  readonly first: FirstCodes | undefined;
  /** A match can only begin at the start of the text. */
  readonly anchored: boolean;
  /** Splits and loops by number, -1 for other instructions. */
  readonly forkNumbers: Int32Array;
  readonly forks: number;
  /** Groups a condition asks about, each with its bit. */
  readonly conditions: ReadonlyMap<number, number>;
  /** What follows depends on what groups hold: nothing may be skipped because it was tried before. */
  readonly remembers: boolean;
  /** Of positions: two for each group, the whole match first, then one for each repetition that may take nothing. */
  readonly slots: number;
}

/** What a match can go on with. */
export interface FirstCodes {
  /** By ASCII code, 1 where it can; at END for the end of the text. */
  readonly table: Uint8Array;
  /** Sets that may hold another character it can go on with. */
  readonly sets: readonly CharacterSet[];
}

export const END = 128;

const NO_SET: CharacterSet = createCharacterSet([], {
  negated: false,
  ignoreCase: false,
  ascii: false,
});

/** Most of a loop that has no end. */
export const ENDLESS = 0x7fff_ffff;

/** A number of an instruction, or the value of a slot. */
export function numberAt(numbers: Int32Array, at: number): number {
  return numbers[at] ?? 0;
}

export function setAt({ sets }: Instructions, index: number): CharacterSet {
  return sets[index] ?? NO_SET;
}

export function literalOf({ literals }: Instructions, index: number): string {
  return literals[index] ?? "";
}
