/** Adds line and column to problems of filter files, and replaces rule numbers by rule ids. */
import { placeProblems } from "../config/place-problems.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { isRecord } from "../domain/json.ts";
import { readText } from "../host/read-or-empty.ts";

export async function placeFilterProblems(
  definitions: readonly FilterDefinition[],
  problems: readonly Problem[],
): Promise<readonly Problem[]> {
  const byPath = [...Map.groupBy(problems, ({ path }) => path)];
  const placed = byPath.map(async ([path, those]) => {
    return placeInFilter(readText(path), those, rulesOf(path, definitions));
  });
  return (await Promise.all(placed)).flat();
}

/** Locates the problems of one file. `rules`: ids in file order; the id of an invalid rule may have any type. */
export async function placeInFilter(
  text: string,
  problems: readonly Problem[],
  rules: readonly unknown[],
): Promise<readonly Problem[]> {
  const placed = await placeProblems(text, problems);
  return placed.map((problem) => nameRule(problem, rules));
}

/** Returns the ids of the [[rule]] tables of a file, which may be invalid. */
export function ruleIdsIn(table: unknown): readonly unknown[] {
  const rules = isRecord(table) ? table["rule"] : undefined;
  return Array.isArray(rules) ? rules.map((rule) => (isRecord(rule) ? rule["id"] : undefined)) : [];
}

/** Returns the ids of the rules in file `path`, in order. Rules of an overlay are in the filter that it extends. */
function rulesOf(path: string, definitions: readonly FilterDefinition[]): readonly string[] {
  return definitions.flatMap(({ path: own, rules }) =>
    rules.filter(({ location }) => (location?.path ?? own) === path).map(({ id }) => id),
  );
}

function nameRule(problem: Problem, rules: readonly unknown[]): Problem {
  const [, number, rest = ""] = /^rule\.(\d+)(\..*)?$/.exec(problem.key ?? "") ?? [];
  const id = number === undefined ? undefined : rules[Number(number)];
  const isId = typeof id === "string" && /^[a-z0-9-]+$/.test(id);
  return isId ? { ...problem, key: `rule "${id}"${rest}` } : problem;
}
