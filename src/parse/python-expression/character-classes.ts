/** Which characters Python's classes hold: Unicode as its str patterns see it, or ASCII only under the flag "a". */
import type { ClassName, SetItem } from "./tree.ts";

export interface CharacterSet {
  /** For ASCII: 1 where it holds the character. */
  readonly table: Uint8Array;
  /** Of any code point. */
  has(code: number): boolean;
}

const DIGIT = /\p{Nd}/u;
const WORD = /[\p{L}\p{N}_]/u;
/** str.isspace: Unicode's white space and the four separators of ASCII. */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

function inClass(name: ClassName, code: number, ascii: boolean): boolean {
  if (ascii && code > 127) return name === "D" || name === "W" || name === "S";
  switch (name) {
    case "d":
      return code < 128 ? code >= 48 && code <= 57 : DIGIT.test(String.fromCodePoint(code));
    case "w":
      return isWord(code, ascii);
    case "s":
      if (ascii) return code === 32 || (code >= 9 && code <= 13);
      return SPACE.test(String.fromCodePoint(code));
    case "D":
      return !inClass("d", code, ascii);
    case "W":
      return !inClass("w", code, ascii);
    case "S":
      return !inClass("s", code, ascii);
  }
}

export function isWord(code: number, ascii: boolean): boolean {
  if (code < 128)
    return (
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 48 && code <= 57) ||
      code === 95
    );
  return !ascii && WORD.test(String.fromCodePoint(code));
}

/** Both cases of a character, as simple case folding has them. */
export function casesOf(code: number): readonly number[] {
  const char = String.fromCodePoint(code);
  const all = [char, char.toLowerCase(), char.toUpperCase()]
    .filter((one) => one.length === char.length)
    .map((one) => one.codePointAt(0) ?? code);
  return [...new Set(all)];
}

/** Of ASCII: the other case is one bit away. */
function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

/** ASCII is answered from a table; the rest is looked up. */
export function createCharacterSet(
  items: readonly SetItem[],
  options: { readonly negated: boolean; readonly ignoreCase: boolean; readonly ascii: boolean },
): CharacterSet {
  const { negated, ignoreCase, ascii } = options;
  const listed = (code: number): boolean =>
    items.some((item) =>
      item.kind === "class"
        ? inClass(item.name, code, ascii)
        : code >= item.from && code <= item.to,
    );
  const inAnyCase = (code: number): boolean =>
    code < 128 ? listed(code) || (isLetter(code) && listed(code ^ 32)) : casesOf(code).some(listed);
  const has = (code: number): boolean => (ignoreCase ? inAnyCase(code) : listed(code)) !== negated;
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code++) table[code] = has(code) ? 1 : 0;
  return { table, has: (code) => (code < 128 ? table[code] === 1 : has(code)) };
}
