/**
 * Who is never banned: addresses and networks, whatever they came from. Immutable; built anew when an entry changes.
 * A subject is covered when any part of it is: banning a network that holds one allowed address would ban that address.
 */
import { type Subject, subjectRange } from "../domain/cidr.ts";
import type { Family } from "../domain/ip.ts";

export interface AllowEntry {
  readonly subject: Subject;
  /** For people: "ignoreip 10.0.0.0/8", "this host's own address", "vpn.example.org". */
  readonly because: string;
}

export interface AllowList {
  /** The reason the subject is allowed, or undefined. */
  covers(subject: Subject): string | undefined;
  readonly entries: readonly AllowEntry[];
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly because: string;
}

export function createAllowList(entries: readonly AllowEntry[]): AllowList {
  const ranges: { readonly [family in Family]: readonly Range[] } = {
    ipv4: rangesOf(entries, "ipv4"),
    ipv6: rangesOf(entries, "ipv6"),
  };
  return {
    entries,
    covers(subject) {
      const { family, first, last } = subjectRange(subject);
      const list = ranges[family];
      // Last range that begins at or before the subject's end; ranges are disjoint, so only it can reach the subject.
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((list[middle]?.first ?? 0n) <= last) low = middle + 1;
        else high = middle;
      }
      const candidate = list[low - 1];
      return candidate !== undefined && candidate.last >= first ? candidate.because : undefined;
    },
  };
}

/** Sorted and disjoint: an entry inside another one is dropped (networks never overlap otherwise). */
function rangesOf(entries: readonly AllowEntry[], family: Family): readonly Range[] {
  const ranges = entries
    .map(({ subject, because }) => ({ ...subjectRange(subject), because }))
    .filter((range) => range.family === family)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : a.last > b.last ? -1 : 1));
  const disjoint: Range[] = [];
  for (const range of ranges) {
    const previous = disjoint.at(-1);
    if (previous === undefined || range.last > previous.last) disjoint.push(range);
  }
  return disjoint;
}
