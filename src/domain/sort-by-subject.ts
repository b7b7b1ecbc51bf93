/** Sorts addresses and networks numerically: IPv4 before IPv6, a network before the addresses in it. */
import { parseSubject, subjectRange } from "./cidr.ts";

/**
 * Returns a sorted copy. Parses each subject once, because there may be a hundred thousand; invalid texts come last.
 */
export function sortBySubject<Item>(
  items: readonly Item[],
  subjectOf: (item: Item) => string,
): readonly Item[] {
  const placed = items.map((item) => ({ item, place: sortKeyOf(subjectOf(item)) }));
  placed.sort((a, b) => compareKeys(a.place, b.place));
  return placed.map(({ item }) => item);
}

interface SortKey {
  readonly group: number;
  readonly first: bigint;
  readonly last: bigint;
}

function sortKeyOf(text: string): SortKey {
  const subject = parseSubject(text);
  if (subject === undefined) return { group: 2, first: 0n, last: 0n };
  const { family, first, last } = subjectRange(subject);
  return { group: family === "ipv4" ? 0 : 1, first, last };
}

function compareKeys(a: SortKey, b: SortKey): number {
  return a.group - b.group || compare(a.first, b.first) || compare(b.last, a.last);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
