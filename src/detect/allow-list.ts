/**
 * Defines the exempt addresses and networks, from any origin. Immutable; re-created when an entry changes. A subject is
 * covered if any part of it is: banning a network that contains one allowed address would ban that address.
 */
import { type Subject, subjectRange } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import type { Family } from "../domain/ip.ts";
import { ipv4Behind, translatingNetworks } from "../domain/translated-ipv4.ts";

export interface AllowEntry {
  readonly subject: Subject;
  /** For display: "ignoreip 10.0.0.0/8", "this host's own address", "vpn.example.org". */
  readonly because: string;
  /** When the entry was last confirmed, if it can become outdated. */
  readonly since?: Instant;
}

export interface AllowList {
  /** Returns why the subject is exempt; undefined: it is not. */
  covers(subject: Subject): string | undefined;
  /** Returns whether a single entry allows all of the subject. */
  contains(subject: Subject): boolean;
  readonly entries: readonly AllowEntry[];
  /**
   * Networks that together contain every exempt address: those of the entries, and those into which IPv4 hosts are
   * translated.
   */
  readonly subjects: ReadonlySet<Subject>;
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly because: string;
}

/**
 * Creates the list. An exempt IPv4 host is also exempt under the IPv6 address that a translator or a tunnel gives it.
 * `nat64`: further NAT64 prefixes of this network.
 */
export function createAllowList(
  entries: readonly AllowEntry[],
  nat64: readonly Subject[] = [],
): AllowList {
  const ranges: { readonly [family in Family]: readonly Range[] } = {
    ipv4: rangesOf(entries, "ipv4"),
    ipv6: rangesOf(entries, "ipv6"),
  };
  const translating = ranges.ipv4.length === 0 ? [] : translatingNetworks(nat64);
  return {
    entries,
    subjects: new Set([...entries.map(({ subject }) => subject), ...translating]),
    covers(subject) {
      const { family, first, last } = subjectRange(subject);
      const own = findOverlap(ranges[family], first, last);
      if (own !== undefined || family === "ipv4" || ranges.ipv4.length === 0) return own?.because;
      for (const hosts of ipv4Behind(subject, nat64)) {
        const translated = findOverlap(ranges.ipv4, hosts.first, hosts.last);
        if (translated !== undefined) return translated.because;
      }
      return undefined;
    },
    contains(subject) {
      const { family, first, last } = subjectRange(subject);
      const candidate = lastBegun(ranges[family], first);
      return candidate !== undefined && candidate.last >= last;
    },
  };
}

function findOverlap(list: readonly Range[], first: bigint, last: bigint): Range | undefined {
  const candidate = lastBegun(list, last);
  return candidate !== undefined && candidate.last >= first ? candidate : undefined;
}

/** Returns the last range that begins at or before `bits`. Ranges are disjoint, so no other one can contain it. */
function lastBegun(list: readonly Range[], bits: bigint): Range | undefined {
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
