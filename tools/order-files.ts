/**
 * Decides the order in which node:test starts test files, which is otherwise that of their names. Each file still runs
 * in a separate process.
 */
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./run-step.ts";

/** Writes an entry module for each file into `folder`, named after its place in the order; returns the files to run. */
export function orderFiles(
  files: readonly string[],
  slowest: readonly string[],
  folder: string,
): readonly string[] {
  const missing = slowest.filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`no such test file: ${missing.join(" ")}`);
  const rest = files.filter((file) => !slowest.includes(file));
  return [...slowest, ...rest].map((file, n) => {
    const path = join(folder, `${String(n).padStart(4, "0")}-${basename(file, ".ts")}.mjs`);
    writeFileSync(path, `import ${JSON.stringify(pathToFileURL(join(ROOT, file)).href)};\n`);
    return path;
  });
}
