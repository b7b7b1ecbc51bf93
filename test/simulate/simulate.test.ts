/** A few seeds of the simulator; `npm run simulate` has as many as one has time for. */
import "./redirect-modules.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzCount, fuzzSample, fuzzSeed } from "../fuzz-rounds.ts";
import type { Outcome } from "./run-plan.ts";

const { runPlan } = await import("./run-plan.ts");
const { prepare } = await import("./prepare.ts");
const { createReferenceModel } = await import("./reference/reference-model.ts");
const { PLANNED_LOGS } = await import("./plan/step.ts");
const { makePlan } = await import("./plan/make-plan.ts");

const FIRST = fuzzSeed() ?? Date.now();
const DAYS = 0.2;

type Logs = (typeof PLANNED_LOGS)[number];

function simulate(seed: number, logs: Logs): Promise<Outcome> {
  return runPlan({ plan: makePlan(seed, DAYS, logs), model: createReferenceModel() });
}

await prepare();

const hashes = new Map<string, string>();

for (const logs of PLANNED_LOGS)
  for (let seed = FIRST; seed < FIRST + fuzzCount(1); seed++)
    test(`seed ${seed}, ${logs}: the daemon keeps its promises`, async () => {
      const { differences, hash, steps, observations } = await simulate(seed, logs);
      assert.deepEqual(differences, []);
      assert.ok(steps > 10 && observations > 200);
      hashes.set(`${seed} ${logs}`, hash);
    });

test("equal seeds make equal histories, and others differ", async () => {
  for (const logs of fuzzSample(PLANNED_LOGS, 1))
    assert.equal((await simulate(FIRST, logs)).hash, hashes.get(`${FIRST} ${logs}`));
  assert.equal(new Set(hashes.values()).size, hashes.size);
});
