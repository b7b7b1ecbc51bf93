/** Builds journalctl's match arguments, and compares cursors. */
import { machineId } from "../../host/machine-id.ts";

/**
 * Formats matches as journalctl's arguments: "a AND b, or c" becomes `a b + c`. A list without a match selects every
 * entry.
 */
export function journalMatchArguments(matches: readonly (readonly string[])[]): readonly string[] {
  if (matches.some((group) => group.length === 0)) return [];
  return matches.flatMap((group, i) => (i === 0 ? group : ["+", ...group]));
}

/** Excludes entries of other machines, whose journals `--merge` reads as well. */
export function ofThisMachine(
  matches: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const machine = machineId();
  if (machine === undefined) return matches;
  const own = `_MACHINE_ID=${machine}`;
  return matches.length === 0 ? [[own]] : matches.map((group) => [...group, own]);
}

/** Returns whether a text has the form of a cursor; no other text may reach an argument. */
export function isJournalCursor(text: string): boolean {
  return /^[a-z]=[0-9a-f]+(?:;[a-z]=[0-9a-f]+)+$/.test(text);
}

/**
 * Returns whether two cursors identify the same entry: by sequence number (s, i), or by boot, times and content (b, m,
 * t, x). When the journal moves from /run to /var its entries get new sequence numbers, so those count only within one
 * sequence.
 */
export function sameJournalEntry(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [cursorParts(a), cursorParts(b)];
  if (left.get("s") === right.get("s")) return false;
  return ["b", "m", "t", "x"].every((key) => left.has(key) && left.get(key) === right.get(key));
}

/** Maps the key letter of each part of a cursor (`s=`, `i=`, …) to its value. */
export function cursorParts(cursor: string): ReadonlyMap<string, string> {
  return new Map(cursor.split(";").map((part) => [part.slice(0, 1), part.slice(2)]));
}
