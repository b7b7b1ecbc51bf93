/** What is left of a failing plan is what the failure needs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan, Step } from "./plan/step.ts";
import type { Outcome } from "./run-plan.ts";
import { shrinkPlan } from "./shrink-plan.ts";

const COUNT = 100;
const NEEDED = [17, 60, 61];

function planOf(steps: readonly Step[]): Plan {
  return { seed: 1, days: 1, style: "iso", logs: "file", zone: 0, skew: 0, jails: [], steps };
}

/** Fails when every needed step is there. */
async function run({ steps }: Plan): Promise<Outcome> {
  const times = new Set(steps.map(({ at }) => at));
  const fails = NEEDED.every((at) => times.has(at));
  const differences = fails ? [{ at: 0, rule: "broken", what: "", source: "" }] : [];
  const count = steps.length;
  return { hash: "", differences, steps: count, simulated: 0, observations: 0 };
}

test("only the steps that a failure needs are left, within the number of runs", async () => {
  const steps = Array.from({ length: COUNT }, (_, at): Step => ({ at, action: { kind: "stop" } }));
  const plan = planOf(steps);
  const outcome = await run(plan);
  const shrunk = await shrinkPlan({ plan, outcome }, run, 500);
  assert.deepEqual(
    shrunk.plan.steps.map(({ at }) => at),
    NEEDED,
  );
  const bounded = await shrinkPlan({ plan, outcome }, run, 3);
  assert.equal(bounded.runs, 3);
  assert.equal(bounded.outcome.differences.length, 1);
});
