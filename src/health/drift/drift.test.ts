import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../domain/instant.ts";
import {
  addLines,
  type DayCount,
  judgeShape,
  recentShare,
  type ShapeFacts,
  shareDrifted,
  usualShare,
} from "./drift.ts";

const DAY = 86_400_000;
const START = instant(20_000 * DAY);

function at(day: number): Instant {
  return instant(START + day * DAY);
}

const PLAIN: ShapeFacts = {
  count: 10,
  addresses: 1,
  peerSaid: true,
  hasName: true,
  failureWords: ["wrong"],
  saysSuccess: false,
};

test("a shape with a word of failure and a client's address is a finding after ten lines", () => {
  assert.equal(judgeShape(PLAIN).failures, true);
  assert.equal(judgeShape({ ...PLAIN, count: 9 }).failures, false);
  assert.deepEqual(judgeShape(PLAIN).reasons, [
    'contains "wrong"',
    "contains a client address",
    "contains a user name",
  ]);
});

test("less clear messages need more lines, harmless ones are never a finding", () => {
  const faint = { ...PLAIN, addresses: 0 };
  assert.equal(judgeShape({ ...faint, count: 29 }).failures, false);
  assert.equal(judgeShape({ ...faint, count: 30 }).failures, true);
  for (const harmless of [
    { failureWords: [] },
    { saysSuccess: true },
    { addresses: 0, hasName: false },
  ])
    assert.equal(judgeShape({ ...PLAIN, ...harmless, count: 1e6 }).failures, false);
});

test("shapes are sorted by how much they look like failures", () => {
  const ranks = [
    PLAIN,
    { ...PLAIN, hasName: false },
    { ...PLAIN, peerSaid: false, hasName: false },
    { ...PLAIN, addresses: 0, hasName: false, count: 1e6 },
    { ...PLAIN, failureWords: [], addresses: 0, hasName: false, count: 1e6 },
  ].map((facts) => judgeShape(facts).rank);
  assert.deepEqual(
    ranks,
    ranks.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(ranks).size, ranks.length);
});

function week(perDay: { known: number; unknown: number }): readonly DayCount[] {
  let days: readonly DayCount[] = [];
  for (let day = 0; day < 7; day++) days = addLines(days, perDay, at(day));
  return days;
}

test("days add up, and no more than two weeks are kept", () => {
  let days = addLines([], { known: 3, unknown: 1 }, at(0));
  days = addLines(days, { known: 1, unknown: 1 }, instant(at(0) + 5000));
  assert.deepEqual(days, [{ day: 20_000, known: 4, unknown: 2 }]);
  assert.equal(addLines(days, { known: 0, unknown: 0 }, at(3)), days);
  for (let day = 1; day < 40; day++) days = addLines(days, { known: 1, unknown: 0 }, at(day));
  assert.equal(days.length, 14);
});

test("far more unrecognized lines than usual are drift; a usual bad day is not", () => {
  const usual = week({ known: 980, unknown: 20 });
  const drifted = addLines(usual, { known: 700, unknown: 300 }, at(8));
  const judged = (days: readonly DayCount[]) =>
    shareDrifted(recentShare(days, at(8)), usualShare(days, at(8)));
  assert.equal(judged(drifted), true);
  assert.equal(judged(addLines(usual, { known: 950, unknown: 50 }, at(8))), false);
  assert.equal(judged(addLines(usual, { known: 50, unknown: 100 }, at(8))), false, "too few lines");
  assert.equal(judged(addLines([], { known: 0, unknown: 1000 }, at(8))), false, "no habit yet");
  const chatty = week({ known: 800, unknown: 200 });
  assert.equal(
    judged(addLines(chatty, { known: 600, unknown: 400 }, at(8))),
    false,
    "twice as many",
  );
  const noisy = week({ known: 100, unknown: 900 });
  assert.equal(judged(addLines(noisy, { known: 0, unknown: 1000 }, at(8))), false);
});
