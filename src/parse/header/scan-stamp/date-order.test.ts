import assert from "node:assert/strict";
import test from "node:test";
import { readStamp, stampAt } from "./read-stamp.fixture.ts";

/** The parsed day of each line of a log that is read at `now`. */
function days(lines: readonly string[], now = "2026-11-30T12:00:00Z"): readonly unknown[] {
  const stamp = stampAt(Date.parse(now));
  return lines.map((line) => readStamp(`${line} 09:19:59 x`, stamp)?.[0]?.slice(0, 10));
}

test("months end at 12, days at the end of their month, and a log has no future dates", () => {
  assert.deepEqual(days(["28/11/2026"]), ["2026-11-28"]);
  assert.deepEqual(days(["11/28/2026"]), ["2026-11-28"]);
  assert.deepEqual(days(["30/02/2026", "02/30/2026"]), [undefined, undefined]);
  assert.deepEqual(days(["12/11/2026"]), ["2026-11-12"]);
  assert.deepEqual(days(["11/12/2026"]), ["2026-11-12"]);
  // In another time zone it may already be tomorrow.
  assert.deepEqual(days(["12/01/2026"]), ["2026-12-01"]);
  // The clock is years behind, so the format's default order is used.
  assert.deepEqual(days(["05/06/2026"], "1970-01-01T00:00:00Z"), ["2026-06-05"]);
});

test("the date order proven by one line applies to ambiguous lines of the log", () => {
  const open = "05/06/2026";
  assert.deepEqual(days(["28/05/2026", open]), ["2026-05-28", "2026-06-05"]);
  assert.deepEqual(days(["05/28/2026", open]), ["2026-05-28", "2026-05-06"]);
  assert.deepEqual(days(["05/28/2026", open, "28/05/2026", open]).slice(2), [
    "2026-05-28",
    "2026-06-05",
  ]);
  // Even if the other order is nearer to the present.
  assert.deepEqual(days(["28/10/2026", "05/11/2026"], "2026-11-05T12:00:00Z")[1], "2026-11-05");
  assert.deepEqual(days(["10/28/2026", "05/11/2026"], "2026-11-05T12:00:00Z")[1], "2026-05-11");
});

test("an ambiguous date is read as the one near the present, else by the format's default", () => {
  assert.deepEqual(days(["05/11/2026"], "2026-11-05T12:00:00Z"), ["2026-11-05"]);
  assert.deepEqual(days(["11/05/2026"], "2026-11-05T12:00:00Z"), ["2026-11-05"]);
  assert.deepEqual(days(["11/05/2026"], "2026-11-09T12:00:00Z"), ["2026-11-05"]);
  assert.deepEqual(days(["05/06/2025", "05-06-2025", "05.06.2025"]), Array(3).fill("2025-06-05"));
  assert.equal(readStamp("05/06/2025-09:19:59.123 x")?.[0], "2025-05-06T09:19:59.123Z");
});

test("a year of two digits may stand first or last", () => {
  assert.deepEqual(days(["26/11/28"]), ["2026-11-28"]);
  assert.deepEqual(days(["28/11/26"]), ["2026-11-28"]);
  assert.deepEqual(days(["11/28/26"]), ["2026-11-28"]);
  // The default order would give a future day, and neither 2026 nor 2011 is near.
  assert.deepEqual(days(["11/12/26"]), ["2026-11-12"]);
  assert.deepEqual(days(["26/11/28", "11/10/09"]), ["2026-11-28", "2011-10-09"]);
});
