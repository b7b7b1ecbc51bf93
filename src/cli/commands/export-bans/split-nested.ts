/** Splits networks that contain others into ranges without overlap, each with the latest end of all that contain it. */

export interface TimedRange {
  readonly first: bigint;
  readonly last: bigint;
  /** Until the end; Infinity: permanent. */
  readonly seconds: number;
}

/**
 * `ranges`: any two are apart, or one contains the other, as networks do; none twice. Returns ranges in the order of
 * their addresses. One within a range that ends no sooner is left out.
 */
export function splitNested(ranges: readonly TimedRange[]): readonly TimedRange[] {
  const ordered = [...ranges].sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const split: TimedRange[] = [];
  /** Ranges that contain the present address, outermost first; each ends later than those around it. */
  const around: TimedRange[] = [];
  let next = 0n;
  const closeUntil = (address: bigint | undefined): void => {
    for (let inner = around.at(-1); inner !== undefined; inner = around.at(-1)) {
      if (address !== undefined && inner.last >= address) return;
      if (next <= inner.last) split.push({ ...inner, first: next });
      next = inner.last + 1n;
      around.pop();
    }
  };
  for (const range of ordered) {
    closeUntil(range.first);
    const outer = around.at(-1);
    if (outer !== undefined && outer.seconds >= range.seconds) continue;
    if (outer !== undefined && next < range.first)
      split.push({ ...outer, first: next, last: range.first - 1n });
    around.push(range);
    next = range.first;
  }
  closeUntil(undefined);
  return split;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
