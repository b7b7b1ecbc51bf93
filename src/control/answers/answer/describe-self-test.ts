/** Describes a self-test of a jail for scripts and people. */
import type { VerifyReply } from "../../proof-messages.ts";
import { formatInstant } from "../../../domain/instant.ts";
import type { SelfTest } from "../../../health/canary/verify.ts";

export function describeSelfTest(
  jail: string,
  { at, took, outcome, steps }: SelfTest,
): VerifyReply {
  return {
    jail,
    at: formatInstant(at),
    took_ms: Math.round(took),
    outcome,
    steps: steps.map((step) => ({
      step: step.step,
      outcome: step.outcome,
      evidence: step.evidence,
      fix: step.fix ?? null,
      took_ms: Math.round(step.took),
    })),
  };
}
