/**
 * A filter and an operator's addition to it -> the filter that both make. The added rules come last: a line the filter
 * recognizes keeps its meaning, so what is added can only speak of lines that no rule knew.
 */
import type { FilterDefinition, FilterOverlay } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

export function applyOverlay(
  base: FilterDefinition,
  overlay: FilterOverlay,
): Result<FilterDefinition, readonly Problem[]> {
  const { path } = overlay;
  const known = new Map(base.rules.map((rule) => [rule.id, rule.place?.path ?? base.path]));
  const problems = overlay.rules.flatMap(({ id }, i): readonly Problem[] => {
    const where = known.get(id);
    if (where === undefined) return [];
    const got = `"${id}", which ${where} has already`;
    return [{ path, key: `rule.${i}.id`, got, expected: "an id of its own" }];
  });
  if (problems.length > 0) return fail(problems);
  const rules = overlay.rules.map((rule, i) => ({ ...rule, place: { path, key: `rule.${i}` } }));
  const samples = overlay.samples.map((sample, i) => ({
    ...sample,
    place: { path, key: `sample.${i}` },
  }));
  return ok({
    ...base,
    rules: [...base.rules, ...rules],
    samples: [...base.samples, ...samples],
  });
}
