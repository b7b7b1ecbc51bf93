/**
 * Everything that can be wrong in filters beyond their shape, with file, line and column: patterns that cannot be
 * compiled, rules that no line reaches, ports nobody knows, samples that are taken for something else.
 */
import { parsePorts } from "../config/kinds/ports-setting.ts";
import type { FilterDefinition, FilterMode } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { unreachableRules } from "../parse/filter/unreachable-rules.ts";
import { type PortNames, readPortNames } from "../host/services/port-names.ts";
import { checkSamples, type CompiledInMode } from "./check-samples.ts";
import type { CompileAnyFilter } from "./compile-any-filter.ts";
import { placeFilterProblems } from "./place-filter-problems.ts";

export async function checkFilters(
  definitions: Iterable<FilterDefinition>,
  compile: CompileAnyFilter,
): Promise<readonly Problem[]> {
  const all = [...definitions];
  const names = all.some(({ ports }) => ports.length > 0) ? await readPortNames() : new Map();
  const problems = all.flatMap((one) => {
    const compiled = compileOnce(one, compile);
    return [
      ...wrongPorts(one, names),
      ...brokenRules(one, compiled),
      ...checkSamples(one, compiled),
    ];
  });
  return placeFilterProblems(all, problems);
}

/** Rules and samples ask for the same modes. */
function compileOnce(definition: FilterDefinition, compile: CompileAnyFilter): CompiledInMode {
  const made = new Map<FilterMode, ReturnType<CompiledInMode>>();
  return (mode) => {
    const filter = made.get(mode) ?? compile(definition, mode);
    made.set(mode, filter);
    return filter;
  };
}

/** In the strictest mode, which holds every rule. */
function brokenRules(definition: FilterDefinition, inMode: CompiledInMode): readonly Problem[] {
  const compiled = inMode("aggressive");
  return compiled.ok ? unreachableRules(definition) : compiled.error;
}

function wrongPorts({ path, ports }: FilterDefinition, names: PortNames): readonly Problem[] {
  return ports.flatMap((port, i): readonly Problem[] => {
    const parsed = parsePorts([port], names);
    if (parsed.ok) return [];
    const [first] = parsed.error;
    const { got = JSON.stringify(port), expected = "a port", hint } = first ?? {};
    return [{ path, key: `ports.${i}`, got, expected, ...(hint === undefined ? {} : { hint }) }];
  });
}
