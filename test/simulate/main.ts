/** The command line of the simulator. */
import { parseArgs } from "node:util";
import { makePlan } from "./plan/make-plan.ts";
import { prepare } from "./prepare.ts";
import { runPlan, type Outcome } from "./run-plan.ts";

export async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: "string", default: "1" },
      seeds: { type: "string" },
      days: { type: "string", default: "1" },
      log: { type: "boolean", default: false },
    },
  });
  const days = Number(values.days);
  const seeds = readSeeds(values.seeds ?? values.seed);
  await prepare();
  let failed = 0;
  for (const seed of seeds) {
    const began = process.cpuUsage();
    const onLine = (line: string): void => print(line);
    const outcome = await runPlan({
      plan: makePlan(seed, days),
      model: undefined,
      ...(values.log ? { onLine } : {}),
    });
    const { user, system } = process.cpuUsage(began);
    print(describe(seed, outcome, (user + system) / 1000));
    if (outcome.differences.length > 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

function readSeeds(text: string): readonly number[] {
  const [first = 1, last = first] = text.split("..").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function describe(seed: number, outcome: Outcome, took: number): string {
  const { hash, steps, simulated, observations, differences } = outcome;
  const speed = Math.round(simulated / took);
  const line = `seed ${seed}: ${hash} ${steps} steps, ${observations} observations, ${(simulated / 86_400_000).toFixed(2)} days in ${(took / 1000).toFixed(2)} s (${speed} times)`;
  return [line, ...differences.map(({ at, rule, what }) => `  at ${at}: ${rule}: ${what}`)].join(
    "\n",
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
