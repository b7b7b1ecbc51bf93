/**
 * Finds the network that an address or a network belongs to. A lookup is a binary search, so its cost hardly grows with
 * the number of networks. Immutable.
 */
import { type Subject, subjectRange } from "./cidr.ts";
import type { Family } from "./ip.ts";

export interface NetworkRanges<Entry> {
  /** Returns the entry whose network shares an address with the subject. */
  overlapping(subject: Subject): Entry | undefined;
  /** Returns the entry whose network contains all of the subject. */
  containing(subject: Subject): Entry | undefined;
  /** Returns the entry of a family whose network overlaps a range of addresses. */
  inRange(family: Family, first: bigint, last: bigint): Entry | undefined;
  has(family: Family): boolean;
}

interface Range<Entry> {
  readonly first: bigint;
  readonly last: bigint;
  readonly entry: Entry;
}

export function createNetworkRanges<Entry extends { readonly subject: Subject }>(
  entries: readonly Entry[],
): NetworkRanges<Entry> {
  const ranges: { readonly [family in Family]: readonly Range<Entry>[] } = {
    ipv4: rangesOf(entries, "ipv4"),
    ipv6: rangesOf(entries, "ipv6"),
  };
  function inRange(family: Family, first: bigint, last: bigint): Entry | undefined {
    const candidate = lastBegun(ranges[family], last);
    return candidate !== undefined && candidate.last >= first ? candidate.entry : undefined;
  }
  return {
    inRange,
    overlapping(subject) {
      const { family, first, last } = subjectRange(subject);
      return inRange(family, first, last);
    },
    containing(subject) {
      const { family, first, last } = subjectRange(subject);
      const candidate = lastBegun(ranges[family], first);
      return candidate !== undefined && candidate.last >= last ? candidate.entry : undefined;
    },
    has: (family) => ranges[family].length > 0,
  };
}

/** Returns the last range that begins at or before `bits`. Ranges are disjoint, so no other one can contain it. */
function lastBegun<Entry>(list: readonly Range<Entry>[], bits: bigint): Range<Entry> | undefined {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle]?.first ?? 0n) <= bits) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}

/** Returns sorted, disjoint ranges. An entry inside another one is dropped (networks do not overlap in other ways). */
function rangesOf<Entry extends { readonly subject: Subject }>(
  entries: readonly Entry[],
  family: Family,
): readonly Range<Entry>[] {
  const ranges = entries
    .map((entry) => ({ ...subjectRange(entry.subject), entry }))
    .filter((range) => range.family === family)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.last > b.last ? -1 : 1));
  const disjoint: Range<Entry>[] = [];
  for (const range of ranges) {
    const previous = disjoint.at(-1);
    if (previous === undefined || range.last > previous.last) disjoint.push(range);
  }
  return disjoint;
}
