/** Addresses and networks in the order of their numbers: IPv4 before IPv6, a network before what lies in it. */
import { parseSubject, subjectRange } from "./cidr.ts";

/** A sorted copy. Each subject is read once, for there may be a hundred thousand; what is no subject comes last. */
export function sortBySubject<Item>(
  items: readonly Item[],
  subjectOf: (item: Item) => string,
): readonly Item[] {
  const placed = items.map((item) => ({ item, place: placeOf(subjectOf(item)) }));
  placed.sort((a, b) => comparePlaces(a.place, b.place));
  return placed.map(({ item }) => item);
}

interface Place {
  readonly group: number;
  readonly first: bigint;
  readonly last: bigint;
}

function placeOf(text: string): Place {
  const subject = parseSubject(text);
  if (subject === undefined) return { group: 2, first: 0n, last: 0n };
  const { family, first, last } = subjectRange(subject);
  return { group: family === "ipv4" ? 0 : 1, first, last };
}

function comparePlaces(a: Place, b: Place): number {
  return a.group - b.group || compare(a.first, b.first) || compare(b.last, a.last);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
