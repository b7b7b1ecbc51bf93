import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { createSortedTimes } from "./sorted-times.ts";

const SPAN = duration(10);

test("times are counted in the window before the newest one, in any order of arrival", () => {
  const times = createSortedTimes(100);
  assert.equal(times.within(SPAN), 0);
  for (const at of [50, 30, 45, 40, 39]) times.insert(instant(at), 1);
  assert.equal(times.within(SPAN), 3, "40, 45 and 50");
  assert.equal(times.within(SPAN, instant(56)), 1, "50");
  assert.equal(times.within(SPAN, instant(20)), 3, "the newest time is later");
  times.shift(100);
  assert.equal(times.within(SPAN, instant(156)), 1);
  times.clear();
  assert.equal(times.within(SPAN), 0);
});

test("the oldest times are dropped first, and a full list drops a time older than all of it", () => {
  const times = createSortedTimes(3);
  times.insert(instant(20), 9);
  assert.equal(times.within(SPAN), 3);
  times.insert(instant(15), 1);
  assert.equal(times.within(duration(1)), 3, "15 was dropped");
  times.insert(instant(40), 2);
  assert.equal(times.within(SPAN), 2);
  assert.equal(times.within(duration(20)), 3);
});

test("a list grows as needed", () => {
  const times = createSortedTimes(40);
  for (let at = 1; at <= 50; at++) times.insert(instant(at), 1);
  assert.equal(times.within(duration(100)), 40);
});
