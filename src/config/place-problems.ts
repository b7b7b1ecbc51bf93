/**
 * Adds line and column to problems of a TOML text that name only their dotted key ("rule.2.line"). Also used for
 * filters and other TOML files.
 */
import type { Problem } from "../domain/problem.ts";
import { locateKeys } from "./locate-keys.ts";

export async function placeProblems(
  text: string,
  problems: readonly Problem[],
): Promise<readonly Problem[]> {
  if (problems.length === 0) return problems;
  const locate = await locateKeys(text);
  return problems.map((problem) => {
    if (problem.key === undefined || problem.line !== undefined) return problem;
    const path = problem.key.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    return { ...problem, ...locate(path, "value") };
  });
}
