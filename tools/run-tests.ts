/**
 * Runs test files with node:test as one step, and counts the tests. A run without tests, or with a skipped test, fails
 * whatever its exit code.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { orderFiles } from "./order-files.ts";
import { type StepEnd, runStep } from "./run-step.ts";
import { type Sharing, shareProcesses } from "./share-processes.ts";

export interface TestRun {
  readonly name: string;
  readonly files: readonly string[];
  /** How files share processes; undefined: each file runs in a separate process. */
  readonly sharing?: Sharing | undefined;
  /** Without `sharing`: files that take longest; they start first. */
  readonly slowest?: readonly string[] | undefined;
  /** Number of concurrent processes. */
  readonly concurrency: number;
  /** Time limit of each test and of each process. */
  readonly timeoutSeconds: number;
}

export async function runTests(run: TestRun): Promise<StepEnd> {
  if (run.files.length === 0) {
    return { name: run.name, ok: false, seconds: 0, note: "no test file found" };
  }
  const folder = mkdtempSync(join(tmpdir(), "bailiff-tests-"));
  try {
    const countsFile = join(folder, "counts.json");
    const { files, sharing, slowest } = run;
    const ordered = slowest === undefined ? files : orderFiles(files, slowest, folder);
    const entries = sharing === undefined ? ordered : shareProcesses(files, sharing, folder);
    const end = await runStep({
      name: run.name,
      args: argumentsOf({ ...run, files: entries }, countsFile),
      output: "streamed",
      // Longer than the time-out of node:test, which should end a test first.
      childBoundSeconds: run.timeoutSeconds + 10,
    });
    return judge(end, countsFile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function argumentsOf(run: TestRun, countsFile: string): readonly string[] {
  return [
    ...process.execArgv,
    "--test",
    `--test-concurrency=${run.concurrency}`,
    `--test-timeout=${run.timeoutSeconds * 1000}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${join(import.meta.dirname, "count-tests.ts")}`,
    `--test-reporter-destination=${countsFile}`,
    ...run.files,
  ];
}

function judge(end: StepEnd, countsFile: string): StepEnd {
  const { tests, passed, skipped, todo, empty } = readCounts(countsFile);
  const note = [
    `${passed} of ${tests} tests passed`,
    ...(tests === 0 ? ["not one test ran"] : []),
    ...(skipped + todo > 0
      ? [`${skipped + todo} skipped or left to do, which is not allowed`]
      : []),
    ...(empty > 0 ? [`${empty} files hold no test`] : []),
    ...(end.note === "" ? [] : [end.note]),
  ].join(", ");
  return { ...end, ok: end.ok && tests > 0 && skipped + todo + empty === 0, note };
}

interface Counts {
  readonly tests: number;
  readonly passed: number;
  readonly skipped: number;
  readonly todo: number;
  readonly empty: number;
}

/** Reads the counts; a run that crashed wrote none, and counts as a run without tests. */
function readCounts(path: string): Counts {
  const read: unknown = JSON.parse(readFileSync(path, { encoding: "utf8", flag: "a+" }) || "{}");
  const counts = new Map(Object.entries(typeof read === "object" && read !== null ? read : {}));
  function count(name: string): number {
    const value: unknown = counts.get(name);
    return typeof value === "number" ? value : 0;
  }
  return {
    tests: count("tests"),
    passed: count("passed"),
    skipped: count("skipped"),
    todo: count("todo"),
    empty: count("empty"),
  };
}
