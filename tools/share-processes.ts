/**
 * Runs many test files in few processes, each file as a test with its name. Starting a process and loading the sources
 * takes longer than most files. Each process takes the next file that no other has taken, so that all processes end at
 * about the same time.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./run-step.ts";

export interface Sharing {
  readonly processes: number;
  /** Files that need a separate process, because they change or measure it, or mostly wait. */
  readonly alone: ReadonlySet<string>;
  /** Files that take longest; they start first. */
  readonly slowest: readonly string[];
}

/** Writes an entry module for each shared process into `folder`; returns the files to run. */
export function shareProcesses(
  files: readonly string[],
  { processes, alone, slowest }: Sharing,
  folder: string,
): readonly string[] {
  const missing = [...alone, ...slowest].filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`no such test file: ${missing.join(" ")}`);
  const rest = files.filter((file) => !alone.has(file) && !slowest.includes(file));
  const entry = formatEntry([...slowest, ...rest], folder);
  const entries = Array.from({ length: processes }, (_, n) => {
    const path = join(folder, `shared-${n + 1}.test.mjs`);
    writeFileSync(path, entry);
    return path;
  });
  return [...entries, ...files.filter((file) => alone.has(file))];
}

/**
 * Returns an entry module. Of all processes, the one that creates the file `taken-N` in the folder runs the file with
 * index N.
 */
function formatEntry(files: readonly string[], folder: string): string {
  const urls = files.map((file) => [file, pathToFileURL(join(ROOT, file)).href]);
  return `import { closeSync, openSync } from "node:fs";
import { test } from "node:test";

function take(index) {
  try {
    closeSync(openSync(${JSON.stringify(join(folder, "taken-"))} + index, "wx"));
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

// Keeps the process running while a test waits for something that does not, such as a file watcher.
const timer = setInterval(() => undefined, 1_000_000);
for (const [index, [file, url]] of ${JSON.stringify(urls)}.entries())
  if (take(index)) await test(file, async () => void (await import(url)));
clearInterval(timer);
`;
}
