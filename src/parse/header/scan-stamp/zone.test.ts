import assert from "node:assert/strict";
import test from "node:test";
import { readStamp, stampAt } from "./read-stamp.fixture.ts";

const CLOCK = Date.parse("2026-11-28T09:19:59Z");

/** What follows the time of day, hours east of UTC, and what is left of the line. */
const ZONES: readonly (readonly [string, number, string])[] = [
  ["Z x", 0, " x"],
  ["z x", 0, " x"],
  ["+01:00 x", 1, " x"],
  ["-0330 x", -3.5, " x"],
  ["+05 x", 5, " x"],
  [" +0100 x", 1, " x"],
  [" -07 x", -7, " x"],
  [" +0100 CET x", 1, " x"],
  [" +0100 (CET) x", 1, " x"],
  [" +0000 UTC m=+0.01", 0, " m=+0.01"],
  [" UTC x", 0, " x"],
  [" GMT: x", 0, ": x"],
  [" Z x", 0, " x"],
  [" CET x", 1, " x"],
  [" CEST [7] x", 2, " [7] x"],
  [" EST x", -5, " x"],
  [" EDT x", -4, " x"],
  [" CST x", -6, " x"],
  [" CDT x", -5, " x"],
  [" MST x", -7, " x"],
  [" MDT x", -6, " x"],
  [" PST x", -8, " x"],
  [" PDT x", -7, " x"],
  [" MSK x", 3, " x"],
  [" JST x", 9, " x"],
  [" ACST x", 9.5, " x"],
  [" UTC+1 x", 1, " x"],
  [" UTC-03:30 x", -3.5, " x"],
  [" GMT+0100 x", 1, " x"],
  [" (UTC) x", 0, " x"],
  [" [UTC] x", 0, " x"],
  [" (CET) x", 1, " x"],
  [" [GMT+1]: x", 1, ": x"],
  [" [EST]", -5, ""],
  // Local time, and the words stay with the message
  [" x", 2, " x"],
  [" ERROR x", 2, " ERROR x"],
  [" CETX x", 2, " CETX x"],
  [" CET-1 x", 2, " CET-1 x"],
  [" CET_x", 2, " CET_x"],
  [" cet x", 2, " cet x"],
  [" (main) x", 2, " (main) x"],
  [" [INFO] x", 2, " [INFO] x"],
  [" [UTC x", 2, " [UTC x"],
  [" (UTC] x", 2, " (UTC] x"],
  [" [UTC]x", 2, " [UTC]x"],
  [" [UTC 7] x", 2, " [UTC 7] x"],
  [" -x", 2, " -x"],
  [" -123 x", 2, " -123 x"],
  [" +0100 HELLO x", 1, " HELLO x"],
  ["zone", 2, "zone"],
  // Local time: the word is the abbreviation of several zones
  [" BST x", 2, " x"],
];

test("the zone after a time, as a number or a word", () => {
  for (const [tail, hours, rest] of ZONES) {
    const at = new Date(CLOCK - hours * 3_600_000).toISOString();
    for (const date of ["2026-11-28 ", "28 Nov 2026 ", "Nov 28 2026 "])
      assert.deepEqual(
        readStamp(`${date}09:19:59${tail}`, stampAt(undefined, 2)),
        [at, rest],
        tail,
      );
  }
});

test("a word of several zones is this host's, if that is one of them", () => {
  const at = (word: string, hours: number): number => {
    const [time = ""] = readStamp(`2026-11-28 09:19:59 ${word} x`, stampAt(undefined, hours)) ?? [];
    return (CLOCK - Date.parse(time)) / 3_600_000;
  };
  assert.deepEqual([at("CST", -6), at("CST", 8), at("CST", 0)], [-6, 8, -6]);
  assert.deepEqual([at("BST", 1), at("BST", 6), at("BST", 3)], [1, 6, 3]);
  assert.deepEqual([at("IST", 5.5), at("IST", 2), at("IST", -3)], [5.5, 2, -3]);
});

test("the abbreviation of summer time has its offset in winter too", () => {
  const stamp = stampAt();
  const winter = Date.parse("2026-10-26T00:00:00Z");
  stamp.context.localOffset = (at) => (at < winter ? 3_600_000 : 0);
  assert.equal(readStamp("2026-07-28 09:19:59 BST x", stamp)?.[0], "2026-07-28T08:19:59.000Z");
});
