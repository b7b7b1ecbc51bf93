/**
 * Finds filters whose rules exceed their limit of steps on a line made to backtrack. The lines have the maximum length that
 * a source delivers.
 */
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { hostileSamples } from "../hostile-samples.ts";
import { routeLines } from "./route-lines.ts";
import { showLine } from "./rule-problem.ts";

export function findSlowRules(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const samples = oneOfEachRule(definition.samples);
  const lines = hostileSamples({ ...definition, samples });
  if (routeLines([filter], lines).overLimit === 0) return [];
  const slow = lines.find((line) => routeLines([filter], [line]).overLimit > 0);
  if (slow === undefined) return [];
  return [
    {
      path: definition.path,
      got: `rules that give up on a line of ${slow.length} characters: ${showLine(slow)}`,
      expected: "rules that read any line within their bounds",
      hint: "use fewer free texts in one pattern, and begin it with a fixed text",
    },
  ];
}

/** Keeps one sample of each rule; samples of the same rule take similar times. */
function oneOfEachRule(samples: readonly SampleDefinition[]): readonly SampleDefinition[] {
  const byRule = new Map(
    samples.map((sample) => [sample.expect.kind === "rule" ? sample.expect.rule : "", sample]),
  );
  return [...byRule.values()];
}
