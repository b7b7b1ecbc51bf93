/**
 * Groups test files to run several in one process, one after the other, each as a test named after its file. Starting a
 * process and loading the sources takes longer than most files.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./run-step.ts";

export interface Sharing {
  readonly processes: number;
  /** Files that need a separate process, because they change or measure it, or mostly wait. */
  readonly alone: ReadonlySet<string>;
  /** Files that take longest, slowest first. */
  readonly slowest: readonly string[];
}

/** Writes an entry module for each shared process into `folder`; returns what to run. */
export function shareProcesses(
  files: readonly string[],
  { processes, alone, slowest }: Sharing,
  folder: string,
): readonly string[] {
  const missing = [...alone, ...slowest].filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`no such test file: ${missing.join(" ")}`);
  const rest = files.filter((file) => !alone.has(file) && !slowest.includes(file));
  const shared = [...slowest, ...rest];
  const entries = Array.from({ length: Math.min(processes, shared.length) }, (_, n) => {
    const path = join(folder, `shared-${n + 1}.test.mjs`);
    writeFileSync(path, formatEntry(shared.filter((_file, i) => dealtTo(i, processes) === n)));
    return path;
  });
  return [...entries, ...files.filter((file) => alone.has(file))];
}

/**
 * Alternates the direction in each round, so that the process with the slowest file of a round gets the fastest of the
 * next.
 */
function dealtTo(index: number, processes: number): number {
  const [turn, seat] = [Math.floor(index / processes), index % processes];
  return turn % 2 === 0 ? seat : processes - 1 - seat;
}

function formatEntry(files: readonly string[]): string {
  const tests = files.map((file) => {
    const url = pathToFileURL(join(ROOT, file)).href;
    // Loaded when its turn comes, so that side effects of loading, such as starting a time limit, do not happen early.
    return `test(${JSON.stringify(file)}, async () => void (await import(${JSON.stringify(url)})));\n`;
  });
  return `import { test } from "node:test";\n${tests.join("")}`;
}
