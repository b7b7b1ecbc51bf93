/** Tests one filter completely: checks at start, flaws, and gaps for shipping. */
import { type FilterDefinition, STRICTEST_MODE } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { compileFilter } from "../parse/filter/compile-filter.ts";
import { forgeNames } from "../parse/filter/forge-names.ts";
import { forgeRule } from "../parse/filter/forge-rule.ts";
import { createPeerProof } from "../parse/filter/settled-peer.ts";
import { checkFilters } from "./check-filters.ts";
import { findFlaws, findGaps, findStated } from "./check-quality.ts";
import { loadFilterCompiler } from "./compile-any-filter.ts";

export interface TestedFilter {
  readonly problems: readonly Problem[];
  /** Samples and statements that a shipped filter must have and this one lacks. */
  readonly gaps: readonly Problem[];
  /** Forgeries of which the filter itself says that clients can write them. */
  readonly stated: readonly Problem[];
}

export async function testFilter(definition: FilterDefinition): Promise<TestedFilter> {
  const compile = await loadFilterCompiler([definition]);
  const wrong = await checkFilters([definition], compile);
  // The further checks need a filter that compiles.
  if (!compile(definition, STRICTEST_MODE).ok) return { problems: wrong, gaps: [], stated: [] };
  return {
    problems: [...wrong, ...(await findFlaws(definition))],
    gaps: await findGaps(definition),
    stated: await findStated(definition),
  };
}

/** Counts the lines that the forgery check tries, without copies of other rules' lines. */
export function countForgeries(definition: FilterDefinition): number {
  const { rules, samples } = definition;
  const filter = compileFilter(definition, STRICTEST_MODE);
  const options = filter.ok ? { isProven: createPeerProof(filter.value) } : {};
  return rules.reduce(
    (sum, rule) =>
      sum + forgeRule(rule, samples, options).length + forgeNames(rule, definition).length,
    0,
  );
}
