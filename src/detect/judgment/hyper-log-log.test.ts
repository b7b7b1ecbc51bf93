import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { HyperLogLog } from "./hyper-log-log.ts";
import { mixHash } from "./hash.ts";

function estimateOf(count: number, key: number): number {
  const sketch = new HyperLogLog();
  for (let i = 0; i < count; i++) sketch.add(mixHash(i, key));
  return sketch.estimate();
}

test("hand-computed: one register of 64 in use is 64 × ln(64/63) = 1.008 values", () => {
  const sketch = new HyperLogLog();
  assert.equal(sketch.estimate(), 0);
  sketch.add(0);
  sketch.add(0);
  assert.ok(Math.abs(sketch.estimate() - 1.008) < 0.001);
});

test("the root of the mean squared error is within the stated 13%, and 10% for small counts", () => {
  for (const [count, stated] of [
    [12, 0.1],
    [50, 0.1],
    [1000, 0.13],
    [100_000, 0.13],
  ] as const) {
    const errors = Array.from({ length: 60 }, (_, key) => estimateOf(count, key) / count - 1);
    const error = Math.sqrt(errors.reduce((sum, one) => sum + one * one, 0) / errors.length);
    // Sixty samples of the error estimate it within a fifth, twice that for safety.
    assert.ok(error < stated * 1.4, `${count}: ${error}`);
  }
});

test("the order of values and repeats do not matter, and a copy by its registers is equal", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (values) => {
      const [one, other] = [new HyperLogLog(), new HyperLogLog()];
      for (const value of values) one.add(value);
      for (const value of [...values.toReversed(), ...values]) other.add(value);
      assert.deepEqual([...one.registers], [...other.registers]);
      const copy = new HyperLogLog([...one.registers]);
      assert.equal(copy.estimate(), one.estimate());
    }),
    fuzzRuns(100),
  );
});
