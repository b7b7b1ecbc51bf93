/** Locates a table in the files of a configuration that was read, for problems that are found later. */
import type { Problem } from "../domain/problem.ts";
import { readText } from "../host/read-or-empty.ts";
import { isTable, type KeyPath } from "./kinds/kind.ts";
import { locateKeys } from "./locate-keys.ts";
import { readToml } from "./parse-toml.ts";

/** Returns the place in the last of the files that has the table; undefined: none has it. */
export async function locateTable(
  files: readonly string[],
  path: KeyPath,
): Promise<Pick<Problem, "path" | "line" | "column"> | undefined> {
  for (const file of files.toReversed()) {
    const text = readText(file);
    if (!hasTable(readToml(file, text).table, path)) continue;
    return { path: file, ...(await locateKeys(text))(path, "key") };
  }
  return undefined;
}

function hasTable(table: unknown, path: KeyPath): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return isTable(table);
  return isTable(table) && Object.hasOwn(table, key) && hasTable(table[key], rest);
}
