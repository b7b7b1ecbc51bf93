/** Runs the steps of a self-test in flow order, and times each; a failed step skips the rest. */
import type { AlarmClock } from "../../domain/clock.ts";
import { type Duration, duration } from "../../domain/duration.ts";

/**
 * attempt: a failed login is made. arrive: its line is read. match: a rule recognizes it. count: it would count as a
 * failure. decide: enough failures of a reserved address lead to a ban. record: the ban is in the book. enforce: the
 * firewall accepted it. kernel: it is read back from the kernel. drop: a packet from the address is dropped. lift: the
 * ban is removed.
 */
export const STEPS = [
  "attempt",
  "arrive",
  "match",
  "count",
  "decide",
  "record",
  "enforce",
  "kernel",
  "drop",
  "lift",
] as const;

export type StepName = (typeof STEPS)[number];

/** impossible: cannot be tested here, which proves nothing; the next steps still run. */
export type Finding =
  | { readonly outcome: "proven" | "impossible"; readonly evidence: string }
  | { readonly outcome: "failed"; readonly evidence: string; readonly fix: string };

export interface StepReport {
  readonly step: StepName;
  readonly outcome: Finding["outcome"] | "not-reached";
  readonly evidence: string;
  readonly fix: string | undefined;
  readonly took: Duration;
}

export interface StepLog {
  /** Runs the step unless an earlier one failed. A step that times out has failed. */
  take(step: StepName, work: () => Promise<Finding> | Finding): Promise<void>;
  readonly failed: boolean;
  /** Returns a report for every step, also for those that did not run. */
  reports(): readonly StepReport[];
}

/** Creates the log. `signal` cancels the running step, which then fails. */
export function createStepLog(clock: AlarmClock, limit: Duration, signal: AbortSignal): StepLog {
  const done = new Map<StepName, StepReport>();
  const end = clock.monotonic() + limit;
  let failed = false;

  async function take(step: StepName, work: () => Promise<Finding> | Finding): Promise<void> {
    if (failed) return;
    const began = clock.monotonic();
    const finding = await inTime(work, clock, end - began, signal);
    failed = finding.outcome === "failed";
    const took = duration(clock.monotonic() - began);
    const fix = finding.outcome === "failed" ? finding.fix : undefined;
    done.set(step, { step, outcome: finding.outcome, evidence: finding.evidence, fix, took });
  }

  return {
    take,
    get failed() {
      return failed;
    },
    reports: () => STEPS.map((step) => done.get(step) ?? notReached(step)),
  };
}

async function inTime(
  work: () => Promise<Finding> | Finding,
  clock: AlarmClock,
  milliseconds: number,
  signal: AbortSignal,
): Promise<Finding> {
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, signal]);
  const late = clock.sleep(Math.max(0, milliseconds), ended, "loose").then(
    (): Finding => ({
      outcome: "failed",
      evidence: "timed out",
      fix: "try again; if it times out again, check the load of the host and bailiff doctor",
    }),
  );
  try {
    return await Promise.race([work(), late]);
  } finally {
    over.abort();
  }
}

function notReached(step: StepName): StepReport {
  return { step, outcome: "not-reached", evidence: "", fix: undefined, took: duration(0) };
}
