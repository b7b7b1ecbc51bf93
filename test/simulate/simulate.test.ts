/** Some seeds of the simulator; `npm run simulate` has as many as one has time for. */
import "./redirect-modules.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "./run-plan.ts";

const { runPlan } = await import("./run-plan.ts");
const { prepare } = await import("./prepare.ts");
const { createReferenceModel } = await import("./reference/reference-model.ts");
const { makePlan } = await import("./plan/make-plan.ts");

const SEEDS = 8;
const DAYS = 0.5;

function simulate(seed: number): Promise<Outcome> {
  return runPlan({ plan: makePlan(seed, DAYS), model: createReferenceModel() });
}

await prepare();

for (let seed = 1; seed <= SEEDS; seed++)
  test(`seed ${seed}: the daemon keeps its promises`, async () => {
    assert.deepEqual((await simulate(seed)).differences, []);
  });

test("equal seeds make equal histories, and others differ", async () => {
  const [first, again, other] = [await simulate(1), await simulate(1), await simulate(2)];
  assert.equal(again.hash, first.hash);
  assert.notEqual(other.hash, first.hash);
  assert.ok(first.steps > 20 && first.observations > 500);
});
