/** Evaluates assertions at a position of a text like Python. Characters are code points, and line ends are "\n". */
import { type CharacterSet, casesOf, codeAt } from "./character-classes.ts";
import { END, type FirstCodes, OP } from "./program.ts";

/** Evaluates an instruction that consumes nothing. */
export function holdsAt(
  text: string,
  position: number,
  { op, x, words }: { readonly op: number; readonly x: number; readonly words: CharacterSet },
): boolean {
  const { length } = text;
  switch (op) {
    case OP.start:
      return position === 0;
    case OP.lineStart:
      return position === 0 || text.charCodeAt(position - 1) === 10;
    case OP.end:
      return position === length || (position === length - 1 && text.charCodeAt(position) === 10);
    case OP.lineEnd:
      return position === length || text.charCodeAt(position) === 10;
    case OP.veryEnd:
      return position === length;
    default:
      return text.length > 0 && isWordEdge(text, position, words) === (x === 0);
  }
}

/** Returns whether a word begins or ends there. An empty text has neither word edges nor non-edges. */
function isWordEdge(text: string, position: number, words: CharacterSet): boolean {
  const before = position > 0 && words.has(codeBefore(text, position));
  const after = position < text.length && words.has(codeAt(text, position));
  return before !== after;
}

/** Compares code units, which is faster for short literals than `startsWith`. */
export function standsAt(literal: string, text: string, position: number): boolean {
  const { length } = literal;
  if (position + length > text.length) return false;
  for (let i = 0; i < length; i++)
    if (text.charCodeAt(position + i) !== literal.charCodeAt(i)) return false;
  return true;
}

/** Returns the length in code units of the character at `position` if the set contains it, else 0. */
export function sizeIn(set: CharacterSet, text: string, position: number): number {
  if (position >= text.length) return 0;
  const unit = text.charCodeAt(position);
  if (unit < 128) return set.table[unit] ?? 0;
  const code = codeAt(text, position);
  if (!set.has(code)) return 0;
  return code > 0xffff ? 2 : 1;
}

/** Returns whether a match may continue at the position; false is certain. */
export function mayBegin({ table, sets }: FirstCodes, text: string, position: number): boolean {
  if (position >= text.length) return table[END] === 1;
  const unit = text.charCodeAt(position);
  if (unit < END) return table[unit] === 1;
  if (sets.length === 0) return false;
  const code = codeAt(text, position);
  for (const set of sets) if (set.has(code)) return true;
  return false;
}

/** Returns whether the position is between the two halves of a surrogate pair. */
export function isInsidePair(text: string, position: number): boolean {
  const unit = text.charCodeAt(position);
  return unit >= 0xdc00 && unit <= 0xdfff && codeAt(text, position - 1) > 0xffff;
}

/** Returns the position that many characters earlier, or -1 if there are fewer. */
export function stepBack(text: string, position: number, characters: number): number {
  let at = position;
  for (let i = characters; i > 0; i--) {
    if (at <= 0) return -1;
    at -= codeBefore(text, at) > 0xffff ? 2 : 1;
  }
  return at;
}

function codeBefore(text: string, position: number): number {
  const at = position > 1 && isInsidePair(text, position - 1) ? position - 2 : position - 1;
  return codeAt(text, at);
}

/** Returns the length of `wanted` if it matches there (in any case), else -1. */
export function lengthOfAgain(
  text: string,
  position: number,
  wanted: string,
  ignoreCase: boolean,
): number {
  if (text.startsWith(wanted, position)) return wanted.length;
  if (!ignoreCase) return -1;
  const codes = codesOf(wanted);
  const found = codesOf(text.slice(position, position + wanted.length));
  if (codes.length !== found.length) return -1;
  return codes.every((code, i) => casesOf(code).includes(found[i] ?? -1)) ? wanted.length : -1;
}

function codesOf(text: string): readonly number[] {
  return Array.from(text, (char) => codeAt(char, 0));
}
