/**
 * Lists zone abbreviations, as minutes east of UTC. Only those that the tz database or date(1) still print, and no word
 * with which messages begin. A list of numbers: several zones use the abbreviation.
 */
import type { StampContext } from "../stamp.ts";

const HOUR = 60;

const WORDS: ReadonlyMap<string, number | readonly number[]> = new Map<
  string,
  number | readonly number[]
>([
  ...["Z", "UTC", "GMT", "UT", "UCT", "WET"].map((word) => [word, 0] as const),
  ["WEST", HOUR],
  ...["CET", "MET"].map((word) => [word, HOUR] as const),
  ...["CEST", "MEST", "EET", "SAST"].map((word) => [word, 2 * HOUR] as const),
  ...["EEST", "MSK"].map((word) => [word, 3 * HOUR] as const),
  ["PKT", 5 * HOUR],
  ["WIB", 7 * HOUR],
  ...["WITA", "HKT", "SGT", "AWST"].map((word) => [word, 8 * HOUR] as const),
  ...["WIT", "JST", "KST"].map((word) => [word, 9 * HOUR] as const),
  ["ACST", 9.5 * HOUR],
  ["AEST", 10 * HOUR],
  ["ACDT", 10.5 * HOUR],
  ["AEDT", 11 * HOUR],
  ["NZST", 12 * HOUR],
  ["NZDT", 13 * HOUR],
  ["BRT", -3 * HOUR],
  ["NST", -3.5 * HOUR],
  ["NDT", -2.5 * HOUR],
  ["ADT", -3 * HOUR],
  ["EDT", -4 * HOUR],
  ["EST", -5 * HOUR],
  ["CDT", -5 * HOUR],
  ["MDT", -6 * HOUR],
  ["MST", -7 * HOUR],
  ["PDT", -7 * HOUR],
  ["AKDT", -8 * HOUR],
  ["AKST", -9 * HOUR],
  ["HST", -10 * HOUR],
  // The first number is the usual meaning.
  ["CST", [-6 * HOUR, 8 * HOUR]],
  ["PST", [-8 * HOUR, 8 * HOUR]],
  ["AST", [-4 * HOUR, 3 * HOUR]],
  // NaN: no meaning is usual. BST: Britain or Bangladesh; IST: India, Ireland or Israel.
  ["BST", [Number.NaN, HOUR, 6 * HOUR]],
  ["IST", [Number.NaN, 5.5 * HOUR, HOUR, 2 * HOUR]],
]);

const HALF_YEAR = 183 * 86_400_000;

/**
 * Returns minutes east of UTC; NaN for an ambiguous abbreviation that this host does not use; undefined for any other
 * word.
 */
export function zoneOf(word: string, { now, localOffset }: StampContext): number | undefined {
  const offset = WORDS.get(word);
  if (offset === undefined || typeof offset === "number") return offset;
  if (localOffset !== undefined && Number.isFinite(now)) {
    // Compare with this host's standard and daylight saving time.
    const here = [now, now - HALF_YEAR].map((at) => localOffset(at) / 60_000);
    const own = offset.find((minutes) => here.includes(minutes));
    if (own !== undefined) return own;
  }
  return offset[0];
}
