/**
 * Maps program names to the rules of every filter that watches them. Looks up the name in the line's text, without
 * extracting it.
 */
import { type IndexedFilter, type RuleIndex, createRuleIndex } from "./rule-index.ts";

export interface ProgramTable {
  byName(name: string): RuleIndex | undefined;
  /** Looks up the program named by `text.slice(start, end)`. */
  find(text: string, start: number, end: number): RuleIndex | undefined;
}

interface Named {
  readonly name: string;
  readonly index: RuleIndex;
}

/** A power of two; names share a bucket if length, first and last character add up to the same value. */
const BUCKETS = 256;

export function createProgramTable(filters: readonly IndexedFilter[]): ProgramTable {
  const names = new Set(filters.flatMap(({ filter }) => filter.programs));
  const byName = new Map<string, RuleIndex>();
  const buckets = new Array<Named[] | undefined>(BUCKETS).fill(undefined);
  // Programs of the same filters share one index.
  const indexes = new Map<string, RuleIndex>();
  for (const name of names) {
    const watching = filters.filter(({ filter }) => filter.programs.includes(name));
    const key = watching.map(({ entry }) => entry).join(" ");
    const index = indexes.getOrInsertComputed(key, () => createRuleIndex(watching));
    byName.set(name, index);
    const bucket = bucketOf(name, 0, name.length);
    buckets[bucket] = [...(buckets[bucket] ?? []), { name, index }];
  }
  return {
    byName: (name) => byName.get(name),
    find(text, start, end) {
      const bucket = buckets[bucketOf(text, start, end)];
      if (bucket === undefined) return undefined;
      for (const { name, index } of bucket) {
        if (name.length === end - start && text.startsWith(name, start)) return index;
      }
      return undefined;
    },
  };
}

function bucketOf(text: string, start: number, end: number): number {
  const sum = (end - start) * 31 + text.charCodeAt(start) * 7 + text.charCodeAt(end - 1);
  return sum & (BUCKETS - 1);
}
