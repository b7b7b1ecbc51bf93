import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { duration, formatDuration, MAX_DURATION, parseDuration } from "./duration.ts";

const PARSED: readonly (readonly [string, number | undefined])[] = [
  ["600", 600_000],
  ["0", 0],
  ["250ms", 250],
  ["90s", 90_000],
  ["10m", 600_000],
  ["1h", 3_600_000],
  ["1h30m", 5_400_000],
  ["1h 30m", 5_400_000],
  [" 1h30m ", 5_400_000],
  ["1.5h", 5_400_000],
  ["1d", 86_400_000],
  ["1w", 604_800_000],
  ["36500d", MAX_DURATION],
  ["36501d", undefined],
  ["99999999999999999999", undefined],
  [`${"9".repeat(400)}h`, undefined],
  ["", undefined],
  ["-1", undefined],
  ["10 m", undefined],
  ["10M", undefined],
  ["10min", undefined],
  ["10 minutes", undefined],
  ["1.h", undefined],
  [".5h", undefined],
  ["1.5", undefined],
  ["h", undefined],
  ["1e3s", undefined],
  ["1h,30m", undefined],
  ["forever", undefined],
];

const FORMATTED: readonly (readonly [number, string])[] = [
  [0, "0ms"],
  [250, "250ms"],
  [999.7, "1s"],
  [1000, "1s"],
  [59_600, "1m"],
  [600_000, "10m"],
  [5_400_000, "1h 30m"],
  [90_061_000, "1d 1h"],
  [604_800_000, "7d"],
  [-5, "0ms"],
];

test("durations are parsed in the common notation", () => {
  for (const [text, length] of PARSED) assert.equal(parseDuration(text), length, text);
});

test("durations are written with their two largest units", () => {
  for (const [length, text] of FORMATTED) assert.equal(formatDuration(duration(length)), text);
});

test("a formatted duration parses back to itself, up to its second unit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_DURATION }), (length) => {
      const again = parseDuration(formatDuration(duration(length)));
      assert.ok(again !== undefined);
      assert.equal(formatDuration(again), formatDuration(duration(length)));
      // Only units below the second are lost.
      assert.ok(Math.abs(again - length) <= Math.max(500, length / 24));
    }),
    fuzzRuns(100),
  );
});

test("no text parses to a negative, invalid or infinite duration", () => {
  const text = fc.string({ unit: fc.constantFrom(..."0123456789.msdhw -e"), maxLength: 30 });
  fc.assert(
    fc.property(text, (written) => {
      const length = parseDuration(written);
      assert.ok(length === undefined || (Number.isSafeInteger(length) && length >= 0));
    }),
    fuzzRuns(100),
  );
});
