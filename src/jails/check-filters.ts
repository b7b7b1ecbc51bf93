/**
 * Finds problems in the content of filters, with file, line and column. Examples: a pattern that does not compile, a
 * rule that no line reaches, an unknown port, a sample with another result than expected.
 */
import { parsePorts } from "../config/kinds/ports-setting.ts";
import { type FilterDefinition, STRICTEST_MODE } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { unreachableRules } from "../parse/filter/unreachable-rules.ts";
import { type PortNames, readPortNames } from "../host/services/port-names.ts";
import { checkSamples } from "./check-samples.ts";
import type { CompileAnyFilter } from "./compile-any-filter.ts";
import { placeFilterProblems } from "./place-filter-problems.ts";

export async function checkFilters(
  definitions: Iterable<FilterDefinition>,
  compile: CompileAnyFilter,
): Promise<readonly Problem[]> {
  const all = [...definitions];
  const names = all.some(({ ports }) => ports.length > 0) ? await readPortNames() : new Map();
  const problems = all.flatMap((one) => [
    ...wrongPorts(one, names),
    ...brokenRules(one, compile),
    ...checkSamples(one, compile),
  ]);
  return placeFilterProblems(all, problems);
}

/** Compiles in the mode that includes the rules of all other modes. */
function brokenRules(definition: FilterDefinition, compile: CompileAnyFilter): readonly Problem[] {
  const compiled = compile(definition, STRICTEST_MODE);
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
