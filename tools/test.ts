/**
 * Runs all tests: npm test [-- [--only check|unit|e2e|long|coverage] [FILE...]]. Installs the Debian packages that
 * tests need, then runs the checks, the unit tests and the end-to-end tests (`*.e2e.test.ts` and test/e2e/). All stages
 * run, even after a failed one, and a summary follows. On request, `long` runs files with generated cases or a choice
 * of listed ones a hundred times as long, and `coverage` measures branches of the pure folders.
 */
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { TEST_PACKAGES, ensureDebianPackages } from "./debian-packages.ts";
import { runFromOpenPlace } from "./open-checkout.ts";
import { ROOT, type StepEnd, formatStepEnd, runStep } from "./run-step.ts";
import { runTests } from "./run-tests.ts";

const STAGES = ["check", "unit", "e2e"] as const;
const ALL_STAGES = [...STAGES, "long", "coverage"] as const;
type Stage = (typeof ALL_STAGES)[number];

/** Unit tests that do not share a process with others. */
const ALONE: ReadonlySet<string> = new Set([
  // These measure the memory of their process.
  "src/domain/detach-string.test.ts",
  "src/fail2ban/dialect/fail2ban-matcher/sessions.test.ts",
  "src/host/process/spare-memory.test.ts",
  // Sets the name of its process.
  "src/host/process/read-author.test.ts",
  // These replace timers or the engine of regular expressions.
  "src/firewall/enforcement/follow-changes.test.ts",
  "src/host/close-later.test.ts",
  "src/parse/filter/compile-filter.test.ts",
  // Replaces modules of the daemon.
  "test/simulate/simulate.test.ts",
  // These mostly wait, for changes of files and for answers that never come.
  "src/daemon/missing-logs.test.ts",
  "src/daemon/names-in-ignoreip.test.ts",
  "src/pipeline/rewritten-logs.test.ts",
  "src/source/file/file-source.test.ts",
  "src/source/file/rewritten-file.test.ts",
]);

/** Unit tests that take longest, slowest first. */
const SLOWEST: readonly string[] = [
  "test/filter-samples.test.ts",
  "src/health/checks/check-rules.test.ts",
  "src/cli/main.test.ts",
  "test/scenario/stories.test.ts",
  "test/scenario/campaigns.test.ts",
  "src/firewall/enforcement/equalize.test.ts",
  "src/source/file/file-follower.test.ts",
  "test/filters-together.test.ts",
  "src/cli/commands/tune.test.ts",
  "test/invariants.test.ts",
  "src/cli/commands/filter/new-filter.test.ts",
  "test/docs/examples.test.ts",
  "test/judgment/figures.test.ts",
  "src/cli/commands/filter.test.ts",
  "src/daemon/container-jails.test.ts",
  "src/jails/with-honeypot-paths.test.ts",
  "src/web/live-events.test.ts",
  "src/jails/check-quality/cut-samples.test.ts",
  "src/control/server.test.ts",
  "src/fail2ban/server/answer-fail2ban.test.ts",
  "src/pipeline/sources/running-sources.test.ts",
  "src/jails/check-samples.test.ts",
  "test/architecture.test.ts",
  "src/jails/load-fail2ban.test.ts",
];

/** End-to-end files that take longest, slowest first. */
const SLOWEST_END_TO_END: readonly string[] = [
  "test/e2e/place.e2e.test.ts",
  "src/firewall/iptables-survival.e2e.test.ts",
  "src/firewall/firewalld-survival.e2e.test.ts",
  "test/e2e/booted-debian.e2e.test.ts",
  "src/firewall/firewalld-traffic.e2e.test.ts",
  "src/firewall/iptables-traffic.e2e.test.ts",
  "test/e2e/login-witness/lost-lines.e2e.test.ts",
  "test/e2e/fail2ban/same-packets.e2e.test.ts",
  "test/e2e/verify.e2e.test.ts",
  "test/e2e/web/campaigns.e2e.test.ts",
  "src/firewall/ufw.e2e.test.ts",
  "test/e2e/login-witness/healthy-host.e2e.test.ts",
  "test/e2e/proxies.e2e.test.ts",
  "test/e2e/web/web.e2e.test.ts",
  "src/firewall/firewalld.e2e.test.ts",
  "src/firewall/firewalld-iptables.e2e.test.ts",
  "test/e2e/pages.e2e.test.ts",
  "test/e2e/wire.e2e.test.ts",
];

interface Plan {
  readonly stages: readonly Stage[];
  readonly unitFiles: readonly string[];
  readonly e2eFiles: readonly string[];
  /** False if files are named on the command line; they run in separate processes. */
  readonly isWhole: boolean;
}

function isEndToEnd(file: string): boolean {
  return file.endsWith(".e2e.test.ts") || file.startsWith("test/e2e/");
}

/** Parses the command line; undefined: it is invalid. */
function readPlan(argv: readonly string[]): Plan | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { only: { type: "string", multiple: true } },
    allowPositionals: true,
  });
  const only = ALL_STAGES.filter((stage) => values.only?.includes(stage));
  if (only.length !== (values.only?.length ?? 0)) return undefined;
  const named = positionals.map((file) => relative(ROOT, resolve(file)));
  const files =
    named.length > 0 ? named : globSync("{src,test,bench}/**/*.test.ts", { cwd: ROOT }).toSorted();
  const unitFiles = files.filter((file) => !isEndToEnd(file));
  const e2eFiles = files.filter(isEndToEnd);
  const stages = only.length > 0 ? only : stagesFor(named, unitFiles, e2eFiles);
  return { stages, unitFiles, e2eFiles, isWhole: named.length === 0 };
}

function stagesFor(
  named: readonly string[],
  unitFiles: readonly string[],
  e2eFiles: readonly string[],
): readonly Stage[] {
  if (named.length === 0) return STAGES;
  const wanted = {
    check: false,
    long: false,
    coverage: false,
    unit: unitFiles.length > 0,
    e2e: e2eFiles.length > 0,
  };
  return STAGES.filter((stage) => wanted[stage]);
}

async function runStage(stage: Stage, plan: Plan): Promise<StepEnd> {
  console.log(`\n== ${stage}`);
  switch (stage) {
    case "check":
      return await runStep({
        name: stage,
        args: [...process.execArgv, "tools/check.ts"],
        output: "streamed",
      });
    case "unit":
      return await runTests({
        name: stage,
        files: plan.unitFiles,
        sharing: plan.isWhole
          ? // One more than processors, because some files mostly wait.
            { processes: availableParallelism() + 1, alone: ALONE, slowest: SLOWEST }
          : undefined,
        // Files in separate processes mostly wait, the slowest for most of the stage, so all of them start immediately.
        concurrency: plan.isWhole
          ? availableParallelism() + 1 + ALONE.size
          : 3 * availableParallelism(),
        timeoutSeconds: 600,
      });
    case "long": {
      const obstacle = findObstacle();
      if (obstacle !== undefined) return { name: stage, ok: false, seconds: 0, note: obstacle };
      process.env["FUZZ_FACTOR"] ??= "100";
      return await runTests({
        name: stage,
        files: [...plan.unitFiles, ...plan.e2eFiles].filter(hasGeneratedCases),
        concurrency: availableParallelism(),
        timeoutSeconds: 7200,
      });
    }
    case "coverage":
      return await runStep({
        name: stage,
        args: [...process.execArgv, "tools/coverage.ts"],
        output: "streamed",
      });
    case "e2e": {
      const obstacle = findObstacle();
      if (obstacle !== undefined) return { name: stage, ok: false, seconds: 0, note: obstacle };
      return await runTests({
        name: stage,
        files: plan.e2eFiles,
        slowest: plan.isWhole ? SLOWEST_END_TO_END : undefined,
        // End-to-end tests mostly wait, and each has its own namespaces, daemons and directories.
        concurrency: 3 * availableParallelism(),
        timeoutSeconds: 1200,
      });
    }
  }
}

function hasGeneratedCases(file: string): boolean {
  return readFileSync(join(ROOT, file), "utf8").includes("/fuzz-rounds.ts");
}

function findObstacle(): string | undefined {
  const missing = ensureDebianPackages(TEST_PACKAGES);
  if (missing !== undefined) return missing;
  if (process.getuid?.() === 0) return undefined;
  return "needs root for namespaces and the firewall: sudo npm test";
}

async function runAll(plan: Plan): Promise<number> {
  const ends: StepEnd[] = [];
  for (const stage of plan.stages) ends.push(await runStage(stage, plan));
  console.log("\n== summary");
  for (const end of ends) console.log(formatStepEnd(end));
  return ends.every((end) => end.ok) ? 0 : 1;
}

// Makes programs that tests start independent of the caller's umask and time zone.
process.umask(0o022);
delete process.env["TZ"];
const plan = readPlan(process.argv.slice(2));
if (plan === undefined) {
  console.error(`usage: npm test -- [--only ${ALL_STAGES.join("|")}] [FILE...]`);
  process.exitCode = 64;
} else {
  process.exitCode =
    runFromOpenPlace(fileURLToPath(import.meta.url), process.argv.slice(2)) ?? (await runAll(plan));
}
