/**
 * Estimates the number of different texts in bounded memory. Exact up to MAX_KEPT; beyond that it keeps only texts
 * whose hash ends in more and more zeros (Wegman's adaptive sampling), with an error of some ten percent.
 */
const MAX_KEPT = 64;

export interface DistinctEstimate {
  add(text: string): void;
  count(): number;
}

export function createDistinctEstimate(): DistinctEstimate {
  let kept = new Set<number>();
  let depth = 0;

  return {
    add(text) {
      const hash = hashOf(text);
      if (!fits(hash, depth)) return;
      kept.add(hash);
      while (kept.size > MAX_KEPT && depth < 31) {
        depth++;
        kept = new Set([...kept].filter((one) => fits(one, depth)));
      }
    },
    count: () => kept.size * 2 ** depth,
  };
}

function fits(hash: number, depth: number): boolean {
  return depth === 0 || hash << (32 - depth) === 0;
}

/** Returns the FNV-1a hash, mixed so that its low bits are as random as the others. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
