/** Makes the process ready for simulations, which must not depend on what was loaded before. */
import { enableLinearRegex } from "../../src/host/linear-regex.ts";
// Loaded on demand by the daemon; in virtual time that must take none.
import "../../src/health/rule-proposals.ts";
import "../../src/health/canary/verify.ts";
import "../../src/health/drift/message-miner.ts";
import { makePlan } from "./plan/make-plan.ts";
import { runPlan } from "./run-plan.ts";

export async function prepare(): Promise<void> {
  enableLinearRegex();
  // Whatever else is loaded at the first start.
  await runPlan({ plan: makePlan(0, 0.01), model: undefined });
}
