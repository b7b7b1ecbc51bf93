/** Locates a key or a table in the files of a configuration that was read, for problems that are found later. */
import type { Problem } from "../domain/problem.ts";
import { readText } from "../host/read-or-empty.ts";
import { isTable, type KeyPath } from "./kinds/kind.ts";
import { locateKeys } from "./locate-keys.ts";
import { readToml } from "./parse-toml.ts";

/** Returns the place in the last of the files that has the key; undefined: none has it. */
export async function locateKey(
  files: readonly string[],
  path: KeyPath,
): Promise<Pick<Problem, "path" | "line" | "column"> | undefined> {
  for (const file of files.toReversed()) {
    const text = readText(file);
    if (!hasKey(readToml(file, text).table, path)) continue;
    return { path: file, ...(await locateKeys(text))(path, "key") };
  }
  return undefined;
}

function hasKey(table: unknown, path: KeyPath): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  return isTable(table) && Object.hasOwn(table, key) && hasKey(table[key], rest);
}
