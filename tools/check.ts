/**
 * Runs the checks: format, lint, types, the bundled page, unused code, architecture, wording, documentation drift. Usage: npm run check
 * [-- STEP...]. Coverage of the pure folders runs only on request. Prints one line per step with its time, and the
 * output of a failed step. All steps run, even after a failed one.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, type Step, runStep } from "./run-step.ts";

const BIOME = "node_modules/@biomejs/biome/bin/biome";
const OXLINT = "node_modules/oxlint/bin/oxlint";
const TSC = "node_modules/typescript/bin/tsc";
const KNIP = "node_modules/knip/bin/knip.js";
const ARCHITECTURE = "test/architecture{.test.ts,/*.test.ts}";
/** Generates the reference pages; with --check it compares them. */
const DOCS = "tools/docs.ts";

/** Name of the step that runs unit tests; it takes minutes, so it runs only on request. */
const COVERAGE = "coverage";

const STEPS: readonly Step[] = [
  { name: "format", args: [BIOME, "format", "."], output: "quiet" },
  { name: "lint", args: [OXLINT, "--deny-warnings"], output: "quiet" },
  { name: "types", args: [TSC, "--project", "tsconfig.json"], output: "quiet" },
  { name: "page-types", args: [TSC, "--project", "src/web/page/tsconfig.json"], output: "quiet" },
  { name: "bundle", args: ["tools/build-web.ts", "--check"], output: "quiet" },
  { name: "unused", args: [KNIP, "--no-progress"], output: "quiet" },
  { name: "architecture", args: ["--test", ARCHITECTURE], output: "quiet" },
  { name: "language", args: [...process.execArgv, "tools/check-language.ts"], output: "quiet" },
  { name: COVERAGE, args: [...process.execArgv, "tools/coverage.ts"], output: "streamed" },
  { name: "docs", args: [...process.execArgv, DOCS, "--check"], output: "quiet" },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `no such step: ${unknown.join(" ")}; there are: ${STEPS.map((step) => step.name).join(" ")}`,
  );
  process.exit(64);
}

let failed = 0;
for (const step of STEPS) {
  if (asked.length > 0 ? !asked.includes(step.name) : step.name === COVERAGE) continue;
  if (step.name === "docs" && !existsSync(join(ROOT, DOCS))) {
    console.log(`-      docs                    no ${DOCS}, nothing generated to compare`);
    continue;
  }
  const end = await runStep(step);
  if (!end.ok) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
