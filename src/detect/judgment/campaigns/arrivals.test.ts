import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../../../test/fuzz-rounds.ts";
import { Arrivals } from "./arrivals.ts";

const HOUR = 3_600_000;
const START = 480_000 * HOUR;

/** So many sources in each of these hours, spread over it. */
function observe(counts: readonly number[]): Arrivals {
  const arrivals = new Arrivals(20);
  for (const [hour, count] of counts.entries()) {
    for (let i = 0; i < count; i++) arrivals.change(START + (hour + i / count) * HOUR, 1);
    arrivals.advance(START + (hour + 1) * HOUR);
  }
  return arrivals;
}

function hours(count: number, each: number): readonly number[] {
  return Array.from({ length: count }, () => each);
}

test("hand-computed: 9 an hour for 96 hours make 34.5 an hour and 1337.5 a day unusual", () => {
  const arrivals = observe(hours(96, 9));
  // (2 + 48/96) × 9 + 4 × √9, and (3 + 3 × 48/96) × 9 × 24 + 5 × √(9 × 24) = 972 + 73.5.
  assert.equal(arrivals.threshold(1), 34.5);
  assert.equal(arrivals.threshold(24), 972 + 5 * Math.sqrt(216));
});

test("where nothing happens, 20 in an hour and 40 in a day are unusual", () => {
  const arrivals = observe([1, ...hours(95, 0)]);
  assert.equal(arrivals.threshold(1), 20);
  assert.equal(arrivals.threshold(24), 40);
});

test("hours that differ have a higher threshold than equal ones with the same mean", () => {
  const uneven = Array.from({ length: 48 }, (_, i) => (i % 2) * 18);
  // The deviation is 9: (2 + 1) × 9 + 4 × 9.
  assert.ok(Math.abs(observe([0, ...uneven]).threshold(1) - 63) < 1e-9);
});

test("an excess is one of the last hour, of the last day, or none", () => {
  const usual = hours(96, 9);
  const [hour, day, none] = [observe(usual), observe(hours(336, 1)), observe(usual)];
  hour.change(START + 96 * HOUR, 35);
  // The hour slides: seven are from the fifty minutes before.
  assert.deepEqual(hour.excess(), { count: 42, expected: 9, hours: 1 });
  for (let i = 0; i < 23; i++) day.change(START + (336 + i) * HOUR, 17);
  assert.equal(day.excess()?.hours, 24);
  none.change(START + 96 * HOUR, 20);
  assert.equal(none.excess(), undefined);
});

test("an excess began in the first bucket with more than usual", () => {
  const arrivals = observe([...hours(95, 6), 0]);
  for (const minute of [10, 20, 30]) arrivals.change(START + 96 * HOUR + minute * 60_000, 9);
  assert.equal(arrivals.risenSince(1), START + 96 * HOUR + 600_000);
});

test("nothing is an excess before 48 hours", () => {
  const arrivals = observe(hours(47, 9));
  for (let i = 0; i < 900; i++) arrivals.change(START + 47 * HOUR + i, 1);
  assert.equal(arrivals.excess(), undefined);
});

test("an unusual hour teaches no more than the threshold", () => {
  const [wild, capped] = [observe([...hours(96, 9), 900]), observe([...hours(96, 9), 35])];
  assert.ok(wild.threshold(1) <= capped.threshold(1));
});

test("a pause of a month teaches one empty day", () => {
  const arrivals = observe(hours(96, 9));
  arrivals.advance(START + 96 * HOUR + 30 * 24 * HOUR);
  const day = observe([...hours(96, 9), ...hours(24, 0)]);
  assert.equal(arrivals.threshold(1), day.threshold(1));
});

test("what was removed, forgotten or adopted counts no more as unusual", () => {
  const usual = hours(96, 9);
  const [removed, forgotten, adopted] = [observe(usual), observe(usual), observe(usual)];
  for (const arrivals of [removed, forgotten, adopted])
    for (let i = 0; i < 100; i++) arrivals.change(START + 96 * HOUR + i, 1);
  for (let i = 0; i < 90; i++) removed.change(START + 96 * HOUR + i, -1);
  forgotten.forgetExcess();
  adopted.adopt();
  for (const arrivals of [removed, forgotten]) assert.equal(arrivals.excess(), undefined);
  assert.ok(adopted.isUsual(24));
});

test("a restored state continues", () => {
  const arrivals = observe(hours(60, 9));
  const next = new Arrivals(20);
  next.restore(JSON.parse(JSON.stringify(arrivals.state())));
  for (const one of [arrivals, next]) one.change(START + 61 * HOUR, 40);
  assert.deepEqual(next.excess(), arrivals.excess());
  assert.deepEqual(next.state(), arrivals.state());
});

test("the last day has exactly what was added in it, and no late line changes a later hour", () => {
  const changes = fc.array(
    fc.record({ at: fc.nat(72 * HOUR), by: fc.integer({ min: 0, max: 5 }) }),
  );
  fc.assert(
    fc.property(changes, (all) => {
      const arrivals = new Arrivals(20);
      const end = 80 * HOUR;
      arrivals.advance(START + end);
      for (const { at, by } of all) arrivals.change(START + at, by);
      const oldest = Math.floor(end / 600_000) - 143;
      const recent = all.filter(({ at }) => Math.floor(at / 600_000) >= oldest);
      const expected = recent.reduce((sum, { by }) => sum + by, 0);
      const counted = arrivals.state().counts.reduce((sum, count) => sum + count, 0);
      assert.equal(counted, expected);
    }),
    fuzzRuns(100),
  );
});
