import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { isPardoned } from "./pardon.ts";

const PARDONED = 1_000_000;
const HOUR = 3_600_000;

test("a pardon concerns earlier failures, and none after the clock was set back behind it", () => {
  const subject = parseSubject("192.0.2.7");
  assert.ok(subject !== undefined);
  const book = { pardonedAt: () => instant(PARDONED) };
  for (const arrival of ["live", "backlog"] as const) {
    const isAt = (at: number, now: number): boolean =>
      isPardoned(book, { subject, at: instant(at), arrival }, instant(now));
    assert.equal(isAt(PARDONED - 5000, PARDONED + HOUR), true, arrival);
    assert.equal(isAt(PARDONED + 5000, PARDONED + HOUR), false, arrival);
    assert.equal(isAt(PARDONED - HOUR, PARDONED - HOUR / 2), false, `${arrival}, set back`);
  }
});
