/**
 * Checks that a filter is good enough to be shipped. `findFlaws` finds what makes any filter dangerous or slow;
 * `findGaps` finds samples and statements that a shipped filter must have. Both expect a filter that compiles.
 */
import { type FilterDefinition, STRICTEST_MODE } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { compileFilter, type Filter } from "../parse/filter/compile-filter.ts";
import { findConflicts } from "./check-quality/find-conflicts.ts";
import { findForgedClients } from "./check-quality/find-forged-clients.ts";
import { findForgeries } from "./check-quality/find-forgeries.ts";
import { findForgedRecords, findKnownForgeries } from "./check-quality/find-forged-records.ts";
import { findForgedRows } from "./check-quality/find-forged-rows.ts";
import { findMissingSamples } from "./check-quality/find-missing-samples.ts";
import { findOmissions } from "./check-quality/find-omissions.ts";
import { findQuotedMessages } from "./check-quality/find-quoted-messages.ts";
import { findSlowRules } from "./check-quality/find-slow-rules.ts";
import { placeFilterProblems } from "./place-filter-problems.ts";

type Find = (definition: FilterDefinition, filter: Filter) => readonly Problem[];

/** Does not repeat the problems of `checkFilters`, which every start reports. */
export function findFlaws(definition: FilterDefinition): Promise<readonly Problem[]> {
  const forging = [findForgeries, findForgedRecords, findForgedRows, findForgedClients];
  return find(definition, [...forging, findQuotedMessages, findConflicts, findSlowRules]);
}

/** Finds forgeries of which the filter itself says that clients can write them. */
export function findStated(definition: FilterDefinition): Promise<readonly Problem[]> {
  return find(definition, [findKnownForgeries]);
}

export function findGaps(definition: FilterDefinition): Promise<readonly Problem[]> {
  return find(definition, [findMissingSamples, findOmissions]);
}

async function find(
  definition: FilterDefinition,
  finds: readonly Find[],
): Promise<readonly Problem[]> {
  // The rules of fail2ban filters are not native, so none of these checks can read them.
  if (definition.python !== undefined) return [];
  const filter = compileFilter(definition, STRICTEST_MODE);
  if (!filter.ok) return filter.error;
  const problems = finds.flatMap((one) => one(definition, filter.value));
  return placeFilterProblems([definition], problems);
}
