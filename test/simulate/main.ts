/** Runs the command line of the simulator. */
import { parseArgs } from "node:util";
import { makePlan } from "./plan/make-plan.ts";
import { type Plan, PLANNED_LOGS, type PlannedLogs } from "./plan/step.ts";
import { prepare } from "./prepare.ts";
import { createReferenceModel } from "./reference/reference-model.ts";
import { runPlan, type Outcome } from "./run-plan.ts";
import { shrinkPlan } from "./shrink-plan.ts";

const DAY_MS = 86_400_000;
const SHRINK_RUNS = 200;

export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string", default: "1" },
      seeds: { type: "string" },
      days: { type: "string", default: "1" },
      logs: { type: "string" },
      log: { type: "boolean", default: false },
      shrink: { type: "boolean", default: false },
    },
  });
  await prepare();
  const days = Number(values.days);
  const seeds = readSeeds(values.seeds ?? values.seed);
  let [failed, took] = [0, 0];
  for (const seed of seeds) {
    const plan = makePlan(seed, days, readLogs(values.logs));
    const began = process.cpuUsage();
    const outcome = await run(plan, values.log && !values.shrink);
    const { user, system } = process.cpuUsage(began);
    took += (user + system) / 1000;
    if (outcome.differences.length > 0) {
      failed++;
      print(describe(seed, outcome));
      if (values.shrink) await printShrunk(plan, outcome, values.log);
    }
    if (values.log) print(`hash ${outcome.hash}`);
  }
  const speed = Math.round((seeds.length * days * DAY_MS) / took);
  print(
    `${seeds.length} seeds of ${days} days: ${failed} failed; ${(took / 1000).toFixed(1)} s of processor time, up to ${speed} times as fast as real time`,
  );
  return failed === 0 ? 0 : 1;
}

function readLogs(text: string | undefined): PlannedLogs | undefined {
  const logs = PLANNED_LOGS.find((name) => name === text);
  if (text !== undefined && logs === undefined)
    throw new Error(`--logs ${text}: expected one of ${PLANNED_LOGS.join(", ")}`);
  return logs;
}

function run(plan: Plan, logs: boolean): Promise<Outcome> {
  const options = { plan, model: createReferenceModel() };
  return runPlan(logs ? { ...options, onLine: print } : options);
}

function readSeeds(text: string): readonly number[] {
  const [first = 1, last = first] = text.split("..").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function describe(seed: number, { differences, steps }: Outcome): string {
  const broken = differences.map(
    ({ at, rule, what, source }) => `  at ${at}: ${rule}: ${what} (${source})`,
  );
  return [`seed ${seed}: failed after ${steps} steps`, ...broken].join("\n");
}

/** Prints the steps that remain after shrinking, then what happened in them. */
async function printShrunk(plan: Plan, outcome: Outcome, logs: boolean): Promise<void> {
  const shrunk = await shrinkPlan({ plan, outcome }, (smaller) => run(smaller, false), SHRINK_RUNS);
  print(`shrunk to ${shrunk.plan.steps.length} steps in ${shrunk.runs} runs:`);
  for (const { at, action } of shrunk.plan.steps) print(`  ${at} ${JSON.stringify(action)}`);
  print(describe(plan.seed, shrunk.outcome));
  if (logs) await run(shrunk.plan, true);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
