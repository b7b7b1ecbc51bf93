import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assessment } from "../../../health/assess-host.ts";
import { openTerminal } from "../../terminal.ts";
import { describeAssessment } from "./describe-assessment.ts";

function screen(verdict: Assessment["judgment"]["verdict"]): string {
  const judgment = { verdict, certainty: "sure", reasons: [], unknown: [] } as const;
  return describeAssessment({ judgment, findings: [], changes: [] }, openTerminal());
}

test("a verdict about SSH is not one about the host", () => {
  assert.match(screen("not-needed"), /^SSH does not need bailiff here\./);
  assert.match(screen("not-needed"), /not judged +other services: bailiff services/);
  assert.doesNotMatch(screen("reduces-real-risk"), /not judged/);
});
