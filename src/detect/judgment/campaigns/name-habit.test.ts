import assert from "node:assert/strict";
import { test } from "node:test";
import { NameHabit } from "./name-habit.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [JAIL, NAME] = [1, 2];

/** A habit that is known, with an account that three sources tried in the last hour of the day before `DAY * 5`. */
function triedBeforeMidnight(): NameHabit {
  const names = new NameHabit();
  for (let day = 0; day < 5; day++) names.advance(day * DAY);
  names.advance(5 * DAY - HOUR);
  for (let source = 0; source < 3; source++) names.add(JAIL, NAME);
  return names;
}

test("an account of an attack stays new over midnight, and counts as tried before from noon on", () => {
  const names = triedBeforeMidnight();
  for (const [at, isFresh] of [
    [5 * DAY, true],
    [5.5 * DAY - 1, true],
    [5.5 * DAY, false],
    [6 * DAY, false],
  ] as const) {
    names.advance(at);
    assert.equal(names.isFresh(JAIL, NAME), isFresh, `${at / HOUR}`);
  }
});

test("what was tried yesterday survives a restart, before noon and after it", () => {
  for (const at of [5 * DAY + HOUR, 5.5 * DAY + HOUR]) {
    const names = triedBeforeMidnight();
    names.advance(at);
    const restored = new NameHabit(structuredClone(names.state()));
    assert.equal(restored.isFresh(JAIL, NAME), at < 5.5 * DAY);
    restored.advance(5.5 * DAY + 2 * HOUR);
    assert.equal(restored.isFresh(JAIL, NAME), false);
  }
});

test("days without a failure let a day become an earlier one, too", () => {
  const names = triedBeforeMidnight();
  names.advance(6 * DAY + HOUR);
  assert.equal(names.isFresh(JAIL, NAME), false);
});

test("each day is forgotten by an eighth once", () => {
  const names = triedBeforeMidnight();
  for (let source = 0; source < 13; source++) names.add(JAIL, NAME);
  for (let half = 10; half < 15; half++) names.advance((half * DAY) / 2);
  // 16 of the day before, and 14 of them a day later.
  assert.ok(names.state().before.includes(14));
});
