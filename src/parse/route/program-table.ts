/**
 * Maps program names to the rules of every filter that watches them. Looks up the name in the line's text, without
 * extracting it. A name that only globs match is looked up once and remembered, up to a bound.
 */
import { isProgramGlob, isProgramOf } from "../../domain/program-glob.ts";
import { type IndexedFilter, RuleIndex } from "./rule-index.ts";
import type { RuleLiterals } from "./rule-literals.ts";

export interface ProgramTable {
  byName(name: string): RuleIndex | undefined;
  /** Looks up the program named by `text.slice(start, end)`. */
  find(text: string, start: number, end: number): RuleIndex | undefined;
}

interface Named {
  readonly name: string;
  readonly index: RuleIndex;
}

/**
 * Number of buckets, a power of two. Names share a bucket if length, first and last character add up to the same value.
 */
const BUCKETS = 256;
/** Maximum number of remembered names; beyond it all are forgotten. Names longer than MAX_NAME are not remembered. */
const MAX_REMEMBERED = 1024;
const MAX_NAME = 64;

export function createProgramTable(
  filters: readonly IndexedFilter[],
  literals: RuleLiterals,
): ProgramTable {
  const named = new Map<string, IndexedFilter[]>();
  for (const one of filters)
    for (const name of one.filter.programs) named.getOrInsertComputed(name, () => []).push(one);
  const withGlobs = filters.filter(({ filter }) => filter.programs.some(isProgramGlob));
  const byName = new Map<string, RuleIndex>();
  const buckets = new Array<Named[] | undefined>(BUCKETS).fill(undefined);
  // Programs with the same filters share one index.
  const indexes = new Map<string, RuleIndex>();
  const indexOf = (watching: readonly IndexedFilter[]): RuleIndex => {
    const key = watching.map(({ entry }) => entry).join(" ");
    return indexes.getOrInsertComputed(key, () => new RuleIndex(watching, literals));
  };
  const watchingOf = (name: string): readonly IndexedFilter[] => {
    const globs = withGlobs.filter(({ filter }) => isProgramOf(filter.programs, name));
    const all = new Set([...(named.get(name) ?? []), ...globs]);
    return [...all].sort((a, b) => a.entry - b.entry);
  };
  for (const name of named.keys()) {
    if (isProgramGlob(name)) continue;
    const index = indexOf(watchingOf(name));
    byName.set(name, index);
    const bucket = bucketOf(name, 0, name.length);
    buckets[bucket] = [...(buckets[bucket] ?? []), { name, index }];
  }
  const remembered = new Map<string, RuleIndex | undefined>();
  const byGlob = (name: string): RuleIndex | undefined => {
    if (remembered.has(name)) return remembered.get(name);
    const watching = watchingOf(name);
    const index = watching.length === 0 ? undefined : indexOf(watching);
    if (name.length > MAX_NAME) return index;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(name, index);
    return index;
  };
  const hasGlobs = withGlobs.length > 0;
  return {
    byName: (name) => byName.get(name) ?? (hasGlobs ? byGlob(name) : undefined),
    find(text, nameStart, end) {
      // A tag may be the path of the program: "/usr/sbin/sshd".
      const isPath = text.charCodeAt(nameStart) === SLASH;
      const start = isPath ? text.lastIndexOf("/", end - 1) + 1 : nameStart;
      const bucket = buckets[bucketOf(text, start, end)];
      if (bucket !== undefined) {
        for (const { name, index } of bucket) {
          if (name.length === end - start && text.startsWith(name, start)) return index;
        }
      }
      return hasGlobs ? byGlob(text.slice(start, end)) : undefined;
    },
  };
}

const SLASH = 47;

function bucketOf(text: string, start: number, end: number): number {
  const sum = (end - start) * 31 + text.charCodeAt(start) * 7 + text.charCodeAt(end - 1);
  return sum & (BUCKETS - 1);
}
