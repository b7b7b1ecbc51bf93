import assert from "node:assert/strict";
import test from "node:test";
import { duration } from "../domain/duration.ts";
import { MAX_HOLD } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { type Hold, judgeHold } from "./judge-hold.ts";

const NOW = instant(1_800_000_000_000);
const DAY = 86_400_000;

function judge(left: number | undefined, wanted: number | "forever"): Hold {
  return judgeHold(
    { left: left === undefined ? undefined : duration(left) },
    { until: wanted === "forever" ? "forever" : instant(NOW + wanted) },
    NOW,
  );
}

test("a block that ends before its ban is missing, one without an end never is", () => {
  assert.equal(judge(DAY + 3000, DAY), "held");
  assert.equal(judge(DAY - 1999, DAY), "held");
  assert.equal(judge(DAY - 2001, DAY), "missing");
  assert.equal(judge(undefined, DAY), "held");
  assert.equal(judge(undefined, "forever"), "held");
  assert.equal(judge(MAX_HOLD, "forever"), "missing");
});

test("a ban longer than any block is renewed in time, and that is not a repair", () => {
  const century = 36_500 * DAY;
  assert.equal(judge(MAX_HOLD, century), "held");
  assert.equal(judge(500 * DAY, century), "held");
  assert.equal(judge(500 * DAY - 1, century), "renew");
  assert.equal(judge(250 * DAY, century), "renew");
  assert.equal(judge(250 * DAY - 1, century), "missing");
  // Its last renewal covers what is left.
  assert.equal(judge(600 * DAY, 900 * DAY), "renew");
  assert.equal(judge(900 * DAY, 900 * DAY), "held");
});

test("an enforcer with shorter blocks has them renewed in time, too", () => {
  const maxHold = duration(24 * DAY);
  const month = { until: instant(NOW + 30 * DAY) };
  const judgeDays = (days: number): Hold =>
    judgeHold({ left: duration(days * DAY) }, month, NOW, maxHold);
  assert.equal(judgeDays(24), "held");
  assert.equal(judgeDays(12), "held");
  assert.equal(judgeDays(11), "renew");
  assert.equal(judgeDays(5), "missing");
});
