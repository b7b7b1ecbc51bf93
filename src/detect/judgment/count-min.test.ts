import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../test/fuzz-rounds.ts";
import { CountMin } from "./count-min.ts";
import { hashText } from "./hash.ts";

test("counts what was added, keeps 7/8 of it and adds what another one counted", () => {
  const [kept, today] = [new CountMin(), new CountMin()];
  const [root, guest] = [hashText("root", 1), hashText("guest", 1)];
  for (let i = 0; i < 16; i++) kept.add(root);
  today.add(guest);
  kept.absorb(today);
  assert.equal(kept.estimate(root), 14);
  assert.equal(kept.estimate(guest), 1);
  assert.equal(today.estimate(guest), 0);
});

test("a counter stops at 65,535", () => {
  const sketch = new CountMin(Array.from({ length: 16_384 }, () => 65_535));
  sketch.add(7);
  assert.equal(sketch.estimate(7), 65_535);
});

test("an estimate is never too low, and at most 1.8% are too high by more than N × e/4096", () => {
  const sketch = new CountMin();
  const names = Array.from({ length: 20_000 }, (_, i) => hashText(`name${i}`, 3));
  for (const [i, name] of names.entries()) for (let n = 0; n <= i % 3; n++) sketch.add(name);
  const total = names.reduce((sum, _, i) => sum + 1 + (i % 3), 0);
  const errors = names.map((name, i) => sketch.estimate(name) - 1 - (i % 3));
  assert.ok(errors.every((error) => error >= 0));
  const high = errors.filter((error) => error > (total * Math.E) / 4096).length;
  assert.ok(high / names.length <= 0.018, `${high}`);
});

test("the order of values does not matter", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (values) => {
      const [one, other] = [new CountMin(), new CountMin()];
      for (const value of values) one.add(value);
      for (const value of values.toReversed()) other.add(value);
      assert.deepEqual([...one.cells], [...other.cells]);
    }),
    fuzzRuns(20),
  );
});
