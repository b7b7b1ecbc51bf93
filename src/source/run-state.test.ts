import assert from "node:assert/strict";
import { test } from "node:test";
import { RunState } from "./run-state.ts";

function open(isTrusted: boolean): RunState {
  return new RunState({ isTrusted, onReading: () => undefined });
}

test("a run that worked is followed by one that is trusted, a second failure in a row is not", () => {
  const run = open(false);
  run.started();
  assert.equal(run.current.state, "opening", "a start alone proves nothing");
  run.worked();
  assert.equal(run.current.state, "reading");
  run.failed("killed");
  assert.equal(run.current.state, "failed");
  run.started();
  assert.equal(run.current.state, "reading");
  run.failed("killed");
  run.started();
  assert.equal(run.current.state, "failed");
  assert.equal(run.current.reason, "killed (2 times in a row)");
  run.worked();
  assert.equal(run.current.state, "reading");
  run.failed("killed");
  assert.equal(run.current.reason, "killed", "counts from the last run that worked");
});

test("a trusted first run counts as working until it ends", () => {
  const run = open(true);
  run.started();
  assert.equal(run.current.state, "reading");
  run.failed("killed");
  run.started();
  assert.equal(run.current.state, "failed");
});
