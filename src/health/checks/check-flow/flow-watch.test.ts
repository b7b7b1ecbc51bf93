/** The proof of a source between two checks: current if its counter changed, else with the age of the check. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import type { SourceStatus } from "../../../domain/line-source.ts";
import { flowProof } from "./flow-proof.ts";
import { createFlowWatch } from "./flow-watch.ts";

const START = Date.parse("2026-11-23T12:00:00Z");

function status(lines: number): SourceStatus {
  return {
    kind: "file",
    where: "/var/log/auth.log",
    state: "reading",
    reason: undefined,
    lines,
    lastLineAt: undefined,
    cutLines: 0,
  } as SourceStatus;
}

function watched() {
  let passed = 0;
  const clock = { now: () => instant(START + passed), monotonic: () => passed };
  const watch = createFlowWatch(clock, undefined, undefined);
  return {
    watch,
    pass: (milliseconds: number) => void (passed += milliseconds),
    look: (lines: number) => watch.see({ source: status(lines), hour: 12, own: 0 }),
  };
}

test("silence lasts between two checks, and ends with a line", () => {
  const { watch, pass, look } = watched();
  for (let n = 0; n < 4; n++) {
    look(7);
    pass(30_000);
  }
  look(7);
  pass(20_000);
  const quiet = watch.facts(7);
  assert.match(
    quiet?.judgment.evidence ?? "",
    /: 1m 50s observed, few lines yet, none for 1m 50s$/,
    "watched until now, and lines from before the first look count as read",
  );
  assert.equal(quiet?.at, START + 120_000, "as of the look");
  pass(5000);
  assert.match(watch.facts(7)?.judgment.evidence ?? "", /none for 1m 55s$/);
  assert.match(watch.facts(8)?.judgment.evidence ?? "", /few lines yet$/);
});

test("a time that was hardly measured is not shown as measured", () => {
  const { watch, pass, look } = watched();
  look(0);
  pass(153);
  look(0);
  pass(153);
  look(0);
  const learning = "still learning normal traffic: less than a minute observed, no line yet";
  assert.equal(watch.facts(0)?.judgment.evidence, learning);
  pass(20_000);
  assert.equal(watch.facts(0)?.judgment.evidence, learning);
});

test("a proof has the time of the check", () => {
  const facts = {
    at: instant(START),
    judgment: { verdict: "usual", sure: true, evidence: "lines come" },
    ...{ beyond: 0, probeable: false, probe: undefined, passed: false },
  } as const;
  const proof = flowProof(facts, { where: "/log", source: undefined });
  assert.ok(proof.kind === "proven");
  assert.equal(proof.at, START);
});
