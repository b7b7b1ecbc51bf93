import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { TimePairing } from "./time-pairing.ts";

const at = (seconds: number) => instant(seconds * 1000);
const timed = (seconds: number) => ({ at: at(seconds) });

test("a line and a record pair in either order, once, within a minute", () => {
  const pairs = new TimePairing();
  assert.equal(pairs.addLine("a", timed(0), at(0)), undefined);
  assert.deepEqual(pairs.addRecord("a", timed(60), at(60)), timed(0));
  assert.equal(pairs.addRecord("a", timed(60), at(60)), undefined);
  assert.deepEqual(pairs.addLine("a", timed(1), at(61)), timed(60));
  assert.equal(pairs.addLine("a", timed(1), at(61)), undefined);
});

test("another key or a time too far away does not pair", () => {
  const pairs = new TimePairing();
  pairs.addLine("a", timed(0), at(0));
  assert.equal(pairs.addRecord("b", timed(0), at(0)), undefined);
  assert.equal(pairs.addRecord("a", timed(61), at(61)), undefined);
  assert.deepEqual(pairs.waitingLine("a"), timed(0));
});

test("what waits is forgotten after a while, and beyond the bound", () => {
  const pairs = new TimePairing();
  pairs.addLine("a", timed(0), at(0));
  pairs.addLine("b", timed(0), at(100));
  pairs.forget(at(50));
  assert.equal(pairs.waitingLine("a"), undefined);
  assert.deepEqual(pairs.waitingLine("b"), timed(0));
  for (let n = 0; n < 1024; n++) pairs.addLine(`c${n}`, timed(0), at(100));
  assert.equal(pairs.waitingLine("b"), undefined);
  assert.deepEqual(pairs.waitingLine("c0"), timed(0));
});
