/**
 * Extracts literals of the sshd filter for a plain text search. For every pattern it returns the longest text that each
 * matching line contains, or one such text per alternative if those are longer.
 */
import { join } from "node:path";
import { loadFilter, loadFilters } from "../src/jails/load-filters.ts";
import { SHIPPED_FILTERS } from "../src/jails/shipped-filters.ts";
import { type PatternPart, parsePattern } from "../src/parse/pattern/pattern.ts";

export async function sshdLiterals(): Promise<readonly string[]> {
  const filter = await loadFilter(join(SHIPPED_FILTERS, "remote/sshd.toml"), () => loadFilters([]));
  if (!filter.ok) throw new Error("the sshd filter cannot be read");
  const patterns = filter.value.rules.flatMap(({ recognize }) =>
    recognize.kind === "line" ? recognize.patterns : [],
  );
  return [...new Set(patterns.flatMap(literalsOfPattern))];
}

function literalsOfPattern(pattern: string): readonly string[] {
  const parts = parsePattern(pattern);
  if (!parts.ok) throw new Error(`the pattern ${pattern} cannot be read`);
  return literalsOf(parts.value);
}

/** Returns a set of texts of which every matching line contains one: the set with the longest minimum length. */
function literalsOf(parts: readonly PatternPart[]): readonly string[] {
  const sets = parts.flatMap((part): readonly (readonly string[])[] => {
    if (part.kind === "literal") return [[part.text]];
    if (part.kind !== "choice") return [];
    const branches = part.branches.map(literalsOf);
    return branches.some((branch) => branch.length === 0) ? [] : [branches.flat()];
  });
  return sets.toSorted((a, b) => shortest(b) - shortest(a))[0] ?? [];
}

function shortest(texts: readonly string[]): number {
  return Math.min(...texts.map((text) => text.length));
}
