/** Creates a problem about one rule, located at the rule in its file. */
import type { FilterDefinition, RuleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";

export function ruleProblem(
  { path, rules }: Pick<FilterDefinition, "path" | "rules">,
  rule: RuleDefinition,
  what: Pick<Problem, "got" | "expected" | "hint">,
): Problem {
  return { ...(rule.location ?? { path, key: `rule.${rules.indexOf(rule)}` }), ...what };
}

const SHOWN = 200;

/** Quotes a line for display, cut to SHOWN characters. */
export function showLine(line: string): string {
  return JSON.stringify(line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line);
}
