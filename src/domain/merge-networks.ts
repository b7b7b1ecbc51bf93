/** Merges networks, and takes networks out of others. Results are the fewest networks with exactly these addresses. */
import { maskIp, type Subject, subjectRange, widthOf } from "./cidr.ts";
import { type Family, ipFromBits } from "./ip.ts";

/** Addresses from `first` to `last`, as numbers of the family's width. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** Joins networks that overlap or are next to each other. Returns them in the order of their addresses, IPv4 first. */
export function mergeNetworks(subjects: Iterable<Subject>): readonly Subject[] {
  return joined(subjects).flatMap(([family, ranges]) => networksIn(family, ranges));
}

/** Returns the networks that remain of `from` without `removed`, merged, and how many of `from` lost addresses. */
export function subtractNetworks(
  from: Iterable<Subject>,
  removed: Iterable<Subject>,
): { readonly rest: readonly Subject[]; readonly cut: number } {
  const gaps = new Map(joined(removed));
  let cut = 0;
  const rest = joined(from).flatMap(([family, ranges]) => {
    const { left, touched } = subtract(ranges, gaps.get(family) ?? []);
    cut += touched;
    return networksIn(family, left);
  });
  return { rest, cut };
}

/** Returns sorted ranges of each family, of which no two touch. */
function joined(subjects: Iterable<Subject>): readonly (readonly [Family, readonly Range[]])[] {
  const ranges: { readonly [family in Family]: Range[] } = { ipv4: [], ipv6: [] };
  for (const subject of subjects) {
    const { family, first, last } = subjectRange(subject);
    ranges[family].push({ first, last });
  }
  return FAMILIES.map((family) => [family, join(ranges[family])]);
}

function join(ranges: Range[]): readonly Range[] {
  ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const result: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of ranges) {
    const before = result.at(-1);
    if (before === undefined || first > before.last + 1n) result.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return result;
}

function subtract(
  ranges: readonly Range[],
  gaps: readonly Range[],
): { readonly left: readonly Range[]; readonly touched: number } {
  const left: Range[] = [];
  let touched = 0;
  let next = 0;
  for (const { first, last } of ranges) {
    while ((gaps[next]?.last ?? first) < first) next++;
    let begin = first;
    // A gap may reach into the range after this one, so `next` stays.
    for (let i = next; begin <= last; i++) {
      const gap = gaps[i];
      if (gap === undefined || gap.first > last) break;
      if (gap.first > begin) left.push({ first: begin, last: gap.first - 1n });
      begin = gap.last + 1n;
    }
    if (begin !== first) touched++;
    if (begin <= last) left.push({ first: begin, last });
  }
  return { left, touched };
}

/** Splits ranges into networks: each is the largest one that begins there and ends within the range. */
function networksIn(family: Family, ranges: readonly Range[]): Subject[] {
  const networks: Subject[] = [];
  const width = widthOf(family);
  for (const { first, last } of ranges) {
    // Most are single addresses, and arithmetic with such numbers is slow.
    if (first === last) {
      networks.push(ipFromBits(first, family));
      continue;
    }
    for (let begin = first; begin <= last; ) {
      let bits = 0;
      let size = 1n;
      while (bits < width && begin % (size * 2n) === 0n && begin + size * 2n - 1n <= last) {
        bits++;
        size *= 2n;
      }
      networks.push(maskIp(ipFromBits(begin, family), width - bits));
      begin += size;
    }
  }
  return networks;
}
