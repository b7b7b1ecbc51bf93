import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { formatInstant, instant, laterUntil, type Until } from "./instant.ts";

const until: fc.Arbitrary<Until> = fc.oneof(
  fc.constant<Until>("forever"),
  fc.integer({ min: 0, max: 4e12 }).map((at): Until => instant(at)),
);

test("an instant is formatted in UTC and parses back", () => {
  assert.equal(formatInstant(instant(0)), "1970-01-01T00:00:00.000Z");
  assert.equal(formatInstant(instant(1_709_208_000_123)), "2024-02-29T12:00:00.123Z");
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (at) => {
      assert.equal(Date.parse(formatInstant(instant(at))), at);
    }),
    fuzzRuns(100),
  );
});

test("the later end wins, and forever is later than any instant", () => {
  assert.equal(laterUntil(instant(1), instant(2)), 2);
  assert.equal(laterUntil(instant(2), instant(1)), 2);
  assert.equal(laterUntil(instant(2), "forever"), "forever");
  assert.equal(laterUntil("forever", instant(2)), "forever");
  fc.assert(
    fc.property(until, until, until, (a, b, c) => {
      assert.equal(laterUntil(a, b), laterUntil(b, a));
      assert.equal(laterUntil(a, laterUntil(b, c)), laterUntil(laterUntil(a, b), c));
      assert.ok([a, b].includes(laterUntil(a, b)));
    }),
    fuzzRuns(100),
  );
});
