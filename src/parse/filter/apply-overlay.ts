/**
 * Combines a filter with an administrator's overlay. The added rules come last: a line that the filter recognizes keeps
 * its meaning, so an overlay only affects lines that no rule matched.
 */
import type { FilterDefinition, FilterOverlay } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";

export function applyOverlay(
  base: FilterDefinition,
  overlay: FilterOverlay,
): Result<FilterDefinition, readonly Problem[]> {
  const { path } = overlay;
  const known = new Map(base.rules.map((rule) => [rule.id, rule.location?.path ?? base.path]));
  const problems = overlay.rules.flatMap(({ id }, i): readonly Problem[] => {
    const where = known.get(id);
    if (where === undefined) return [];
    const got = `"${id}", which ${where} has already`;
    return [{ path, key: `rule.${i}.id`, got, expected: "a unique id" }];
  });
  if (problems.length > 0) return fail(problems);
  const rules = overlay.rules.map((rule, i) => ({ ...rule, location: { path, key: `rule.${i}` } }));
  const samples = overlay.samples.map((sample, i) => ({
    ...sample,
    location: { path, key: `sample.${i}` },
  }));
  return ok({
    ...base,
    rules: [...base.rules, ...rules],
    samples: [...base.samples, ...samples],
  });
}
