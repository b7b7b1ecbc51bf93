/**
 * The filter library: every TOML file of the shipped directory and of the operator's own, read and checked for shape.
 * A file of the operator's replaces the shipped filter of the same name. One bad file never hides the others.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { placeProblems } from "../config/place-problems.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { readFilter } from "../parse/read-filter.ts";

/** Filters that come with the program. */
export const SHIPPED_FILTERS: string = fileURLToPath(new URL("../../filters", import.meta.url));

export interface FilterLibrary {
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  readonly problems: readonly Problem[];
}

/** Directories in order, later ones winning; one that does not exist holds no filters. */
export async function loadFilters(directories: readonly string[]): Promise<FilterLibrary> {
  const filters = new Map<string, FilterDefinition>();
  const problems: Problem[] = [];
  for (const directory of directories) {
    for (const path of listFilters(directory)) {
      const read = await loadFilter(path);
      if (read.ok) filters.set(read.value.name, read.value);
      else problems.push(...read.error);
    }
  }
  return { filters, problems };
}

export async function loadFilter(
  path: string,
): Promise<Result<FilterDefinition, readonly Problem[]>> {
  const text = readText(path);
  if (!text.ok) return fail([text.error]);
  // Loaded on demand, as the configuration does: most commands need no TOML.
  const { parseToml } = await import("../config/parse-toml.ts");
  const table = parseToml(path, text.value);
  if (!table.ok) return fail([table.error]);
  const filter = readFilter(table.value, path);
  if (!filter.ok) return fail(await placeProblems(text.value, filter.error));
  const expected = basename(path, ".toml");
  if (filter.value.name !== expected) {
    const got = `name = "${filter.value.name}"`;
    const problem = { path, key: "name", got, expected: `"${expected}", as the file is called` };
    return fail(await placeProblems(text.value, [problem]));
  }
  return ok(filter.value);
}

/** A directory that does not exist holds no filters. */
function listFilters(directory: string): readonly string[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  return names
    .filter((name) => name.endsWith(".toml"))
    .sort()
    .map((name) => join(directory, name));
}

function readText(path: string): Result<string, Problem> {
  try {
    return ok(readFileSync(path, "utf8"));
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const reason = error instanceof Error ? error.message : String(error);
    const got = missing ? "no such file" : reason;
    return fail({ path, got, expected: "a readable filter file" });
  }
}
