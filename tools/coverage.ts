/**
 * Runs the unit tests of the pure folders, and lists files with too low branch coverage. Usage: npm run check --
 * coverage. Reads Node's coverage in lcov format.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PURE_FOLDERS } from "../test/architecture/pure-folders.ts";
import { formatCoverage, readCoverage } from "./coverage/read-lcov.ts";
import { ROOT } from "./run-step.ts";

/** Minimum percentage of covered branches per file. */
const MIN_BRANCHES = 95;
const TIMEOUT_SECONDS = 600;

/**
 * Returns the coverage that Node measured. Failed tests are ignored: instrumented code is too slow for some time
 * limits.
 */
function measure(folder: string): string {
  const file = join(folder, "lcov.info");
  const options = [
    "--experimental-test-coverage",
    ...PURE_FOLDERS.map((pure) => `--test-coverage-include=src/${pure}/**/*.ts`),
    ...["test", "fixture"].map((kind) => `--test-coverage-exclude=**/*.${kind}.ts`),
    `--test-timeout=${TIMEOUT_SECONDS * 1000}`,
    "--test-reporter=lcov",
    `--test-reporter-destination=${file}`,
  ];
  const tests = PURE_FOLDERS.map((pure) => `src/${pure}/**/*.test.ts`);
  spawnSync(process.execPath, [...process.execArgv, "--test", ...options, ...tests], {
    cwd: ROOT,
    // Code from the compile cache has no counters, so its branches would be missing.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
    stdio: "inherit",
    timeout: TIMEOUT_SECONDS * 1000,
  });
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function run(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "bailiff-coverage-"));
  try {
    const files = readCoverage(measure(folder));
    const below = files.filter(({ percent }) => percent < MIN_BRANCHES);
    console.log(
      `${files.length} files measured, ${below.length} below ${MIN_BRANCHES}% of their branches`,
    );
    for (const file of below) console.log(formatCoverage(file));
    return files.length > 0 && below.length === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = run() ? 0 : 1;
