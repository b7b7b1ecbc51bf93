import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../../domain/duration.ts";
import { banTimesToTry, thresholdsToTry } from "./sweep.ts";
import type { Thresholds } from "./tried-policy.ts";

const DAY = 86_400_000;
const odd: Thresholds = {
  ...{ maxretry: 7, findtime: duration(1_234_000), bantime: duration(4_321_000) },
  increment: true,
};

test("a sweep is bounded, and includes the current values", () => {
  const long = duration(90 * DAY);
  const thresholds = thresholdsToTry(odd, long);
  assert.equal(thresholds.length, 8 * 7);
  assert.ok(thresholds.some((one) => one.maxretry === 7 && one.findtime === odd.findtime));
  const lengths = banTimesToTry(odd, long);
  assert.equal(lengths.length, 7 * 2);
  assert.ok(lengths.some((one) => one.bantime === odd.bantime && one.increment));
  const forever = banTimesToTry({ ...odd, bantime: "forever" }, long);
  assert.equal(forever.filter(({ bantime }) => bantime === "forever").length, 2);
});

test("values longer than the history are not tried", () => {
  const policies = [thresholdsToTry(odd, duration(DAY)), banTimesToTry(odd, duration(DAY))].flat();
  assert.ok(policies.every(({ findtime, bantime }) => Math.max(findtime, Number(bantime)) <= DAY));
  assert.ok(policies.some(({ findtime }) => findtime === DAY));
});
