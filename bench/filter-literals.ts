/**
 * The literal texts of the sshd filter, as a plain text search would look for them: of every pattern the longest text
 * that each line it fits must hold, or such texts of each alternative where those are longer.
 */
import { join } from "node:path";
import { loadFilter, loadFilters, SHIPPED_FILTERS } from "../src/jails/load-filters.ts";
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

/** A set of texts of which every fitting line holds one: the set whose shortest text is longest. */
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
