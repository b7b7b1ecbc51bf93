/**
 * Compiles filters of rules and of Python expressions, each by whoever knows its kind. Python's dialect is loaded only
 * where a filter is written in it: most hosts have none. Such a filter takes long to compile, so that is done once.
 */
import type { FilterDefinition, FilterMode } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { ok, type Result } from "../domain/result.ts";
import { compileFilter, type Filter } from "../parse/filter/compile-filter.ts";

export type CompileAnyFilter = (
  definition: FilterDefinition,
  mode: FilterMode,
) => Result<Filter, readonly Problem[]>;

/** `definitions`: all that may be asked for. `compiled`: what was made of some of them before. */
export async function loadFilterCompiler(
  definitions: Iterable<FilterDefinition>,
  compiled: ReadonlyMap<FilterDefinition, Filter> = new Map(),
): Promise<CompileAnyFilter> {
  if ([...definitions].every(({ python }) => python === undefined)) return compileFilter;
  const { compilePythonFilter } = await import("../fail2ban/dialect/python-recognizer.ts");
  const known = new Map(compiled);
  return (definition, mode) => {
    const { name, path, python: rules } = definition;
    if (rules === undefined) return compileFilter(definition, mode);
    const before = known.get(definition);
    // No mode chooses among its rules.
    if (before !== undefined) return ok({ ...before, mode });
    const filter = compilePythonFilter({ name, path, mode, rules });
    if (filter.ok) known.set(definition, filter.value);
    return filter;
  };
}
