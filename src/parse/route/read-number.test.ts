import assert from "node:assert/strict";
import test from "node:test";
import { MAX_REPEATED } from "../../domain/match.ts";
import { readCount, readPort } from "./read-number.ts";

test("a count is always a whole number within bounds", () => {
  const cases: readonly (readonly [string | undefined, number])[] = [
    ...([
      [undefined, 1],
      ["0", 0],
      ["00", 0],
      ["7", 7],
      ["007", 7],
    ] as const),
    ...(["9".repeat(20), "9".repeat(400)].map((text) => [text, MAX_REPEATED]) as never[]),
    ...(["", "-1", "1.5", "1e3", "0x10", "NaN", "٣"].map((text) => [text, 1]) as never[]),
  ];
  for (const [text, count] of cases) assert.equal(readCount(text), count, text ?? "none");
});

test("a port is a number from 1 to 65535", () => {
  for (const text of [undefined, "", "0", "65536", "9".repeat(20), "x", "-1", "22.5"])
    assert.equal(readPort(text), undefined, text ?? "none");
  assert.equal(readPort("22"), 22);
  assert.equal(readPort("65535"), 65_535);
});
