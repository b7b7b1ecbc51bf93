/** A filter of rules or of Python expressions, compiled by whoever knows its kind. */
import type { FilterDefinition, FilterMode } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import type { Result } from "../domain/result.ts";
import { compilePythonFilter } from "../fail2ban/python-recognizer.ts";
import { compileFilter, type Filter } from "../parse/compile-filter.ts";

export function compileAnyFilter(
  definition: FilterDefinition,
  mode: FilterMode,
): Result<Filter, readonly Problem[]> {
  const { name, path, python } = definition;
  if (python === undefined) return compileFilter(definition, mode);
  return compilePythonFilter({ name, path, mode, rules: python });
}
