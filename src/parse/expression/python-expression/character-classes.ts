/** Defines the characters of Python's classes: Unicode as in its str patterns, or only ASCII under the flag "a". */
import type { ClassName, SetItem } from "./tree.ts";

export interface CharacterSet {
  /** Whether the set contains each ASCII character: 1 if so. */
  readonly table: Uint8Array;
  /** Whether the set may contain characters beyond ASCII. */
  readonly isForeign: boolean;
  /** Returns whether the set contains a code point. */
  has(code: number): boolean;
}

const DIGIT = /\p{Nd}/u;
const WORD = /[\p{L}\p{N}]/u;
/** The first digit beyond ASCII. */
const FIRST_DIGIT = 0x660;
/** str.isspace: Unicode's white space and the four separators of ASCII. */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function inClass(name: ClassName, code: number, ascii: boolean): boolean {
  if (ascii && code > 127) return name === "D" || name === "W" || name === "S";
  switch (name) {
    case "d":
      if (code < FIRST_DIGIT) return code >= 48 && code <= 57;
      return DIGIT.test(String.fromCodePoint(code));
    case "w":
      return isWord(code);
    case "s":
      if (ascii) return code === 32 || (code >= 9 && code <= 13);
      return code <= 0x3000 && SPACE.test(String.fromCodePoint(code));
    case "D":
      return !inClass("d", code, ascii);
    case "W":
      return !inClass("w", code, ascii);
    case "S":
      return !inClass("s", code, ascii);
  }
}

function isWord(code: number): boolean {
  if (code < 128)
    return (
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 48 && code <= 57) ||
      code === 95
    );
  return WORD.test(String.fromCodePoint(code));
}

/** Returns all cases of a character, by simple case folding. */
export function casesOf(code: number): readonly number[] {
  const char = String.fromCodePoint(code);
  const all = [char, char.toLowerCase(), char.toUpperCase()]
    .filter((one) => one.length === char.length)
    .map((one) => codeAt(one, 0));
  return [...new Set(all)];
}

/** Reads the character at a position within the text. */
export function codeAt(text: string, position: number): number {
  return text.codePointAt(position) ?? 0;
}

/** Writes a character as V8 reads it, inside or outside a class. */
export function writeCode(code: number): string {
  if (code > 0xffff) return String.fromCodePoint(code);
  const char = String.fromCharCode(code);
  return /[A-Za-z0-9_ ]/.test(char) ? char : `\\u${code.toString(16).padStart(4, "0")}`;
}

export interface SetOptions {
  readonly negated: boolean;
  readonly ignoreCase: boolean;
  readonly ascii: boolean;
}

/** Number of non-ASCII characters whose result is kept: text in one language repeats the same few hundred. */
const REMEMBERED = 1024;

/** Creates a set that answers ASCII from a table and looks up other characters. */
export function createCharacterSet(
  items: readonly SetItem[],
  { negated, ignoreCase, ascii }: SetOptions,
): CharacterSet {
  const listed = (code: number): boolean =>
    items.some((item) =>
      item.kind === "class"
        ? inClass(item.name, code, ascii)
        : code >= item.from && code <= item.to,
    );
  const lookUp = (code: number): boolean =>
    (ignoreCase ? casesOf(code).some(listed) : listed(code)) !== negated;
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code++) table[code] = lookUp(code) ? 1 : 0;
  /**
   * Results of recent lookups, indexed by the low bits of a code. A value is the doubled code plus the result as its
   * last bit.
   */
  let remembered: Int32Array | undefined;

  function has(code: number): boolean {
    if (code < 128) return table[code] === 1;
    remembered ??= new Int32Array(REMEMBERED);
    const place = code % REMEMBERED;
    const known = remembered[place] ?? 0;
    if (known >> 1 === code) return (known & 1) === 1;
    const answer = lookUp(code);
    remembered[place] = code * 2 + Number(answer);
    return answer;
  }

  const isForeign =
    negated || ignoreCase || items.some((item) => item.kind === "class" || item.to > 127);
  return { table, isForeign, has };
}

/** Creates the set that `\b` uses. */
export function createWordSet(ascii: boolean): CharacterSet {
  const plain = { negated: false, ignoreCase: false, ascii };
  return createCharacterSet([{ kind: "class", name: "w" }], plain);
}
