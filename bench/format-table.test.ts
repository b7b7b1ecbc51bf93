import assert from "node:assert/strict";
import { test } from "node:test";
import { type Figure, judge } from "./figure.ts";
import { formatTable } from "./format-table.ts";

const SCAN: Figure = {
  name: "scan",
  unit: "s",
  ours: 0.5,
  peer: { name: "peer", value: 2 },
  target: { kind: "faster", times: 4 },
};

test("targets of each kind are judged correctly, including a value equal to the limit", () => {
  assert.deepEqual([judge(SCAN).ratio, judge(SCAN).reached], [4, true]);
  assert.equal(judge({ ...SCAN, target: { kind: "faster", times: 4.1 } }).reached, false);
  assert.equal(judge({ ...SCAN, target: { kind: "within", times: 0.25 } }).reached, true);
  assert.equal(judge({ ...SCAN, target: { kind: "within", times: 0.24 } }).reached, false);
  assert.equal(judge({ ...SCAN, target: { kind: "limit", most: 0.5 } }).reached, true);
  assert.equal(judge({ ...SCAN, target: { kind: "limit", most: 0.49 } }).reached, false);
});

test("a target without a measured value is not reached", () => {
  assert.equal(judge({ ...SCAN, ours: Number.NaN }).reached, false);
  assert.equal(judge({ ...SCAN, peer: { name: "peer", value: Number.NaN } }).reached, false);
});

test("the table has a line for each figure, in columns", () => {
  const limit: Figure = {
    name: "memory",
    unit: "MB",
    ours: 123.4,
    target: { kind: "limit", most: 90 },
  };
  assert.deepEqual(formatTable([judge(SCAN), judge(limit)]).split("\n"), [
    "figure  ours     peer         ratio  target    reached",
    "------  -------  -----------  -----  --------  -------",
    "scan    0.500 s  2.00 s peer  4.00x  >= 4x     yes",
    "memory  123 MB   -            -      <= 90 MB  NO",
  ]);
});
