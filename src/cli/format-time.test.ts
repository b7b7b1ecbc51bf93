import assert from "node:assert/strict";
import test from "node:test";
import { formatDistance, formatUntil, formatWhen, sentence } from "./format-time.ts";

/** Local time, so that the test is independent of the time zone. */
const at = (...parts: readonly [number, number, number, number, number, number]): string =>
  new Date(...parts).toISOString();
const NOW = new Date(2026, 10, 28, 12, 0, 0).getTime();

test("an instant is shown in local time: the time if today, the day if this year, else with the year", () => {
  assert.equal(formatWhen(at(2026, 10, 28, 4, 11, 5), NOW), "04:11:05");
  assert.equal(formatWhen(at(2026, 10, 29, 4, 11, 5), NOW), "Nov 29 04:11:05");
  assert.equal(formatWhen(at(2026, 10, 24, 4, 11, 5), NOW), "Nov 24 04:11");
  assert.equal(formatWhen(at(2025, 10, 24, 4, 11, 5), NOW), "Nov 24 2025 04:11");
  assert.equal(formatWhen(at(2027, 0, 2, 4, 11, 5), NOW), "Jan 02 2027 04:11");
});

test("an end is shown with the remaining time, or as permanent", () => {
  const end = at(2026, 10, 28, 12, 42, 0);
  assert.equal(formatDistance(end, NOW), "in 42m");
  assert.equal(formatDistance(new Date(NOW + 400).toISOString(), NOW), "in 1s");
  assert.equal(formatDistance(new Date(NOW - 400).toISOString(), NOW), "just now");
  assert.equal(formatDistance(new Date(NOW - 4000).toISOString(), NOW), "4s ago");
  assert.equal(formatUntil(end, NOW), "until 12:42:00 (in 42m)");
  assert.equal(formatUntil(null, NOW), "permanently");
});

test("instants in messages of the daemon are converted to local time", () => {
  const [one, other] = [at(2026, 10, 28, 4, 11, 5), at(2026, 10, 1, 4, 11, 5)];
  assert.equal(
    sentence(`banned until ${one}; seen ${other}, then "9999-99-99T99:99:99Z" and \u001b[31m`, NOW),
    'banned until 04:11:05; seen Nov 01 04:11, then "9999-99-99T99:99:99Z" and \\u001b[31m',
  );
  assert.equal(sentence("build 2026-11-28T04:11:05+01:00", NOW), "build 2026-11-28T04:11:05+01:00");
});
