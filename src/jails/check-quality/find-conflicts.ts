/**
 * Finds lines for which two rules of a filter return different addresses. The order of the rules would decide which
 * address is banned.
 */
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { routeLines } from "./route-lines.ts";
import { ruleProblem, showLine } from "./rule-problem.ts";

export function findConflicts(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { rules, samples } = definition;
  const lines = samples.map(({ line }) => line);
  const counting = rules.filter(({ is }) => is !== "neutral");
  const { matches } = routeLines(
    counting.map(({ id }) => onlyRule(filter, id)),
    lines,
  );
  return lines.flatMap((line, i): readonly Problem[] => {
    const claims = counting.flatMap((rule, entry) => {
      const ip = matches[entry]?.[i]?.ip;
      return ip === undefined ? [] : [{ rule, ip }];
    });
    const [first] = claims;
    const other = claims.find(({ ip }) => ip !== first?.ip);
    if (first === undefined || other === undefined) return [];
    return [
      ruleProblem(definition, other.rule, {
        got: `${other.ip} as the address of ${showLine(line)}, where rule "${first.rule.id}" reads ${first.ip}`,
        expected: "the same address",
        hint: "make the pattern of one of the two narrower",
      }),
    ];
  });
}

function onlyRule(filter: Filter, id: string): Filter {
  return {
    ...filter,
    rules: filter.rules.filter((rule) => rule.id === id),
    recordRules: filter.recordRules.filter((rule) => rule.id === id),
  };
}
