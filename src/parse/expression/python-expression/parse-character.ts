/** Parses single characters of an expression: escapes, classes and sets. */
import type { Cursor } from "./cursor.ts";
import type { Flags } from "./flags.ts";
import type { ClassName, Node, SetItem } from "./tree.ts";

const SIMPLE_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
]);

/** Consumes a character class such as the "d" of `\d`, after its backslash. undefined: another character follows. */
export function takeClass(cursor: Cursor): SetItem | undefined {
  const name = CLASS_NAMES.find((one) => cursor.take(one));
  return name === undefined ? undefined : { kind: "class", name };
}

const CLASS_NAMES: readonly ClassName[] = ["d", "D", "w", "W", "s", "S"];

/** Consumes an escape for one character, after its backslash. */
export function takeCodeEscape(cursor: Cursor, where: "set" | "pattern"): number {
  const at = cursor.at - 1;
  const octal = cursor.match(where === "set" ? /[0-7]{1,3}/y : /0[0-7]{0,2}|[1-3][0-7]{2}/y)?.[0];
  if (octal !== undefined) {
    const code = Number.parseInt(octal, 8);
    if (code > 0o377) throw cursor.mistake(`octal escape value \\${octal} outside of range`, at);
    return code;
  }
  const hex = cursor.match(/x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y)?.[0];
  if (hex !== undefined) {
    const code = Number.parseInt(hex.slice(1), 16);
    if (code > 0x10ffff) throw cursor.mistake(`bad escape \\${hex}`, at);
    return code;
  }
  if (cursor.isAtEnd) throw cursor.mistake("bad escape (end of pattern)", at);
  const code = cursor.takeCharacter();
  const char = String.fromCodePoint(code);
  const simple = SIMPLE_ESCAPES.get(char);
  if (simple !== undefined) return simple;
  if (/[A-Za-z0-9]/.test(char)) throw cursor.mistake(`bad escape \\${char}`, at);
  return code;
}

/** Consumes a set, after its "[". */
export function takeSet(cursor: Cursor, { ignoreCase, ascii }: Flags): Node {
  const at = cursor.at - 1;
  const negated = cursor.take("^");
  const items: SetItem[] = [];
  // A "]" that comes first is a character.
  while (items.length === 0 || !cursor.take("]")) items.push(takeItem(cursor, at));
  return { kind: "set", negated, items, ignoreCase, ascii };
}

function takeItem(cursor: Cursor, at: number): SetItem {
  const from = takeOne(cursor, at);
  const next = cursor.text[cursor.at + 1];
  if (cursor.peek() !== "-" || next === "]") return from;
  cursor.take("-");
  const to = takeOne(cursor, at);
  if (from.kind === "class" || to.kind === "class" || to.from < from.from)
    throw cursor.mistake("bad character range", at);
  return { kind: "range", from: from.from, to: to.from };
}

function takeOne(cursor: Cursor, at: number): SetItem {
  if (cursor.isAtEnd) throw cursor.mistake("unterminated character set", at);
  if (!cursor.take("\\")) return single(cursor.takeCharacter());
  const named = takeClass(cursor);
  if (named !== undefined) return named;
  return single(cursor.take("b") ? 8 : takeCodeEscape(cursor, "set"));
}

function single(code: number): SetItem & { kind: "range" } {
  return { kind: "range", from: code, to: code };
}
