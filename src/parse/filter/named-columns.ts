/** Applies what a filter states about the columns of its lines, and what a format says about their times. */
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { RecordRule } from "./compiled-rule.ts";

interface RecordFilter {
  readonly recordRules: readonly Pick<RecordRule, "format">[];
  readonly w3cColumns?: readonly string[];
  readonly headerColumns?: readonly string[];
}

export function withColumns<F extends RecordFilter>(
  filter: F,
  { columns, columns_by_name: byName }: FilterDefinition,
): F {
  if (columns === undefined) return filter;
  const named = byName === true ? { ...filter, headerColumns: columns } : filter;
  return readsW3c(filter) ? { ...named, w3cColumns: columns } : named;
}

/** Times of W3C logs are in UTC, by the standard. */
export function inUtc(definition: FilterDefinition, filter: RecordFilter): FilterDefinition {
  return readsW3c(filter) ? { time_zone: "UTC", ...definition } : definition;
}

function readsW3c({ recordRules }: RecordFilter): boolean {
  return recordRules.some(({ format }) => format === "w3c");
}
