/** A few seeds of the simulator; `npm run simulate` has as many as one has time for. */
import "./redirect-modules.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzCount, fuzzSeed } from "../fuzz-rounds.ts";
import type { Outcome } from "./run-plan.ts";

const { runPlan } = await import("./run-plan.ts");
const { prepare } = await import("./prepare.ts");
const { createReferenceModel } = await import("./reference/reference-model.ts");
const { makePlan } = await import("./plan/make-plan.ts");

const FIRST = fuzzSeed() ?? Date.now();
const DAYS = 0.5;

function simulate(seed: number): Promise<Outcome> {
  return runPlan({ plan: makePlan(seed, DAYS), model: createReferenceModel() });
}

await prepare();

const hashes = new Map<number, string>();

for (let seed = FIRST; seed < FIRST + fuzzCount(3); seed++)
  test(`seed ${seed}: the daemon keeps its promises`, async () => {
    const { differences, hash, steps, observations } = await simulate(seed);
    assert.deepEqual(differences, []);
    assert.ok(steps > 20 && observations > 500);
    hashes.set(seed, hash);
  });

test("equal seeds make equal histories, and others differ", async () => {
  assert.equal((await simulate(FIRST)).hash, hashes.get(FIRST));
  assert.equal(new Set(hashes.values()).size, hashes.size);
});
