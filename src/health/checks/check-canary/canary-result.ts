/** Stores the result of a self-test as JSON in the book, with all that a proof needs. */
import * as v from "valibot";
import { formatDuration } from "../../../domain/duration.ts";
import type { Cause } from "../../../domain/proof.ts";
import type { SelfTest } from "../../canary/verify.ts";
import type { StepName } from "../../canary/self-test-steps.ts";
import { parseJson } from "../../../domain/json.ts";

export interface CanaryResult {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly took: number;
  readonly outcome: SelfTest["outcome"];
  /** The step that failed. */
  readonly step?: string;
  readonly evidence: string;
  readonly fix?: string;
  /** Number of consecutive failed tests. */
  readonly failures: number;
  /** What was tested; see `jailScope`. */
  readonly scope: string;
}

const RESULT: v.GenericSchema<unknown, CanaryResult> = v.object({
  at: v.number(),
  took: v.number(),
  outcome: v.picklist(["proven", "partly", "failed"]),
  step: v.exactOptional(v.string()),
  evidence: v.string(),
  fix: v.exactOptional(v.string()),
  failures: v.number(),
  scope: v.string(),
});

export function summarize({
  at,
  took,
  outcome,
  steps,
}: SelfTest): Omit<CanaryResult, "failures" | "scope"> {
  const length = formatDuration(took);
  const failed = steps.find((step) => step.outcome === "failed");
  if (failed !== undefined) {
    const { step, fix } = failed;
    const evidence = `the self-test failed at "${step}": ${failed.evidence}`;
    return { at, took, outcome, step, evidence, ...(fix === undefined ? {} : { fix }) };
  }
  const untested = steps.filter((step) => step.outcome === "impossible");
  const evidence =
    outcome === "proven"
      ? `a failed login was logged and recognized as a failure; a test ban dropped its packet and was lifted (took ${length})`
      : `nothing failed in ${length}, but not tested: ${untested.map((step) => `${step.step} (${step.evidence})`).join("; ")}`;
  return { at, took, outcome, evidence: evidence.slice(0, MAX_EVIDENCE_LENGTH) };
}

const MAX_EVIDENCE_LENGTH = 1000;

const CAUSE_OF: { readonly [step in StepName]: Cause } = {
  attempt: "canary-failed",
  arrive: "canary-unseen",
  match: "canary-unseen",
  count: "canary-unseen",
  decide: "canary-failed",
  record: "canary-failed",
  enforce: "canary-undropped",
  kernel: "canary-undropped",
  drop: "canary-undropped",
  lift: "canary-failed",
};

/** Maps a failed step to the cause that the jail's state shows. */
export function causeOf(step: string | undefined): Cause {
  const known = Object.entries(CAUSE_OF).find(([name]) => name === step);
  return known?.[1] ?? "canary-failed";
}

export function parseResult(text: string | undefined): CanaryResult | undefined {
  const parsed = v.safeParse(RESULT, parseJson(text));
  return parsed.success ? parsed.output : undefined;
}

export function isFailed(last: CanaryResult | undefined): boolean {
  return last !== undefined && last.failures > 0;
}
