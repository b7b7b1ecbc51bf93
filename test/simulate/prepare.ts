/** Loads everything before the first simulation, so that its result does not depend on what was loaded before. */
import { enableLinearRegex } from "../../src/host/linear-regex.ts";
// The daemon loads these on demand, which must take no virtual time.
import "../../src/health/rule-proposals.ts";
import "../../src/health/canary/verify.ts";
import "../../src/health/drift/message-miner.ts";
import { makePlan } from "./plan/make-plan.ts";
import { runPlan } from "./run-plan.ts";

export async function prepare(): Promise<void> {
  enableLinearRegex();
  // A first run loads everything else.
  await runPlan({ plan: makePlan(0, 0.01), model: undefined });
}
