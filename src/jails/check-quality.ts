/**
 * Checks that a filter is good enough to be shipped. `findFlaws` finds what makes any filter dangerous or slow;
 * `findGaps` finds what a shipped filter must show and state. Both expect a filter that compiles.
 */
import { type FilterDefinition, STRICTEST_MODE } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { compileFilter, type Filter } from "../parse/filter/compile-filter.ts";
import { findConflicts } from "./check-quality/find-conflicts.ts";
import { findForgeries } from "./check-quality/find-forgeries.ts";
import { findMissingSamples } from "./check-quality/find-missing-samples.ts";
import { findOmissions } from "./check-quality/find-omissions.ts";
import { findSlowRules } from "./check-quality/find-slow-rules.ts";
import { placeFilterProblems } from "./place-filter-problems.ts";

type Find = (definition: FilterDefinition, filter: Filter) => readonly Problem[];

/** Problems of `checkFilters`, which are found at every start, are not repeated. */
export function findFlaws(definition: FilterDefinition): Promise<readonly Problem[]> {
  return find(definition, [findForgeries, findConflicts, findSlowRules]);
}

export function findGaps(definition: FilterDefinition): Promise<readonly Problem[]> {
  return find(definition, [findMissingSamples, findOmissions]);
}

async function find(
  definition: FilterDefinition,
  finds: readonly Find[],
): Promise<readonly Problem[]> {
  // Expressions of Python's dialect are judged by fail2ban's own tests.
  if (definition.python !== undefined) return [];
  const filter = compileFilter(definition, STRICTEST_MODE);
  if (!filter.ok) return filter.error;
  const problems = finds.flatMap((one) => one(definition, filter.value));
  return placeFilterProblems([definition], problems);
}
