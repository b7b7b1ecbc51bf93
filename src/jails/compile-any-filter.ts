/**
 * Compiles filters of native rules and of Python expressions. Loads the Python dialect only if a filter uses it: most
 * hosts have no such filter. Compiling Python expressions is slow, so results are cached.
 */
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { ok } from "../domain/result.ts";
import { type CompileFilter, compileFilter, type Filter } from "../parse/filter/compile-filter.ts";

export type CompileAnyFilter = CompileFilter;

/**
 * Returns the compile function. `definitions`: all filters that may be requested. `compiled`: earlier results for some
 * of them.
 */
export async function loadFilterCompiler(
  definitions: Iterable<FilterDefinition>,
  compiled: ReadonlyMap<FilterDefinition, Filter> = new Map(),
): Promise<CompileAnyFilter> {
  if ([...definitions].every(({ python }) => python === undefined)) return compileFilter;
  const { compilePythonFilter } = await import("../fail2ban/dialect/python-recognizer.ts");
  const known = new Map(compiled);
  return (definition, mode, choice) => {
    const { name, path, python: rules } = definition;
    if (rules === undefined) return compileFilter(definition, mode, choice);
    const before = known.get(definition);
    // Python expressions are the same in every mode.
    if (before !== undefined) return ok({ ...before, mode, variant: `${name} ${mode}` });
    const filter = compilePythonFilter({ name, path, mode, rules });
    if (filter.ok) known.set(definition, filter.value);
    return filter;
  };
}
