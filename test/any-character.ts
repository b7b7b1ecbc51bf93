/**
 * Generates any code point except halves of surrogate pairs, for `fc.string({ unit: anyCharacter })`.
 * The same as fast-check's own unit "binary", which takes more than a second of CPU time to prepare in each process.
 */
import fc from "fast-check";

const FIRST_HALF = 0xd800;
const HALVES = 0x800;

export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(0x10_ffff - HALVES)
  .map((n) => String.fromCodePoint(n < FIRST_HALF ? n : n + HALVES), numberOf);

/** Lets fast-check shrink predefined strings that it mixes in, such as "__proto__". */
function numberOf(character: unknown): number {
  const point = typeof character === "string" ? character.codePointAt(0) : undefined;
  if (point === undefined || character !== String.fromCodePoint(point))
    throw new Error("no character");
  if (point >= FIRST_HALF && point < FIRST_HALF + HALVES) throw new Error("half of a pair");
  return point < FIRST_HALF ? point : point - HALVES;
}
