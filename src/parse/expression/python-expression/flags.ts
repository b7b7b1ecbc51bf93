/** Parses the flags of Python's expressions, and applies what they change. */
import type { Cursor } from "./cursor.ts";

export interface Flags {
  readonly ignoreCase: boolean;
  readonly everyLine: boolean;
  readonly lineEnds: boolean;
  readonly verbose: boolean;
  readonly ascii: boolean;
}

export const NO_FLAGS: Flags = {
  ignoreCase: false,
  everyLine: false,
  lineEnds: false,
  verbose: false,
  ascii: false,
};

const NAMES: ReadonlyMap<string, keyof Flags> = new Map([
  ["i", "ignoreCase"],
  ["m", "everyLine"],
  ["s", "lineEnds"],
  ["x", "verbose"],
  ["a", "ascii"],
]);

const GLOBAL = /\(\?([aimsux]+)\)/y;
const LOCAL = /([aimsux]*)(?:-([imsx]+))?:/y;

/** Consumes flags such as `(?im)`. They apply to the whole expression, so Python requires them first. */
export function takeGlobalFlags(cursor: Cursor, flags: Flags): Flags | undefined {
  const at = cursor.at;
  const match = cursor.match(GLOBAL);
  if (match === undefined) return undefined;
  if (at > 0) throw cursor.mistake("global flags not at the start of the expression", at);
  return changed(flags, match[1] ?? "", true);
}

/** Consumes local flags such as `i-s:`, after "(?". */
export function takeLocalFlags(cursor: Cursor, flags: Flags): Flags | undefined {
  const at = cursor.at;
  const match = cursor.match(LOCAL);
  if (match === undefined) return undefined;
  const [, on = "", off = ""] = match;
  if (Array.from(on).some((letter) => off.includes(letter)))
    throw cursor.mistake("bad inline flags: flag turned on and off", at);
  if (on.includes("a") && on.includes("u"))
    throw cursor.mistake("bad inline flags: flags 'a' and 'u' are incompatible", at);
  // Without "a", "u" is the default.
  const plain = on.includes("u") ? { ...flags, ascii: false } : flags;
  return changed(changed(plain, on, true), off, false);
}

function changed(flags: Flags, letters: string, value: boolean): Flags {
  let result = flags;
  for (const letter of letters) {
    const name = NAMES.get(letter);
    if (name !== undefined) result = { ...result, [name]: value };
  }
  return result;
}
