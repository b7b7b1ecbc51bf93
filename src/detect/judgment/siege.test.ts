import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SOURCES } from "./recent-sources.ts";
import { Siege } from "./siege.ts";

const DAY = 86_400_000;
const START = 1_800_000_000_000;

function day(n: number): number {
  return START + n * DAY;
}

/** Strangers from `first` on fail. */
function fail(siege: Siege, first: number, count: number, at: number): void {
  for (let source = first; source < first + count; source++) siege.strangerFailed(source, at);
}

test("five strangers within seven days are a siege, which ends when fewer than three are left", () => {
  const siege = new Siege();
  fail(siege, 1, 2, day(0));
  fail(siege, 3, 2, day(2));
  fail(siege, 1, 4, day(2));
  assert.deepEqual([siege.isOn, siege.strangers], [false, 4]);
  fail(siege, 5, 1, day(6));
  assert.equal(siege.isOn, true);
  fail(siege, 6, 2, day(9));
  assert.deepEqual([siege.isOn, siege.strangers], [true, 7]);
  // After day 9, only those of day 6 and 9 are left, which are three; after day 13, two.
  fail(siege, 5, 1, day(9.5));
  assert.deepEqual([siege.isOn, siege.strangers], [true, 3]);
  fail(siege, 5, 1, day(16.4));
  assert.deepEqual([siege.isOn, siege.strangers], [false, 1]);
});

test("where users often fail before they log in, three times as many strangers are needed", () => {
  const siege = new Siege();
  fail(siege, 1, 3, day(0));
  for (let source = 1; source <= 3; source++) siege.loggedIn(source, source, day(0.1));
  assert.equal(siege.strangers, 0);
  fail(siege, 10, 8, day(1));
  assert.equal(siege.isOn, false);
  fail(siege, 18, 1, day(1));
  assert.equal(siege.isOn, true);
});

test("a login of who did not fail is no habit", () => {
  const siege = new Siege();
  for (let source = 1; source <= 100; source++) siege.loggedIn(source, source, day(0));
  fail(siege, 200, 5, day(0));
  assert.equal(siege.isOn, true);
});

test("it continues after a restart, and a step of the clock does not end it", () => {
  const siege = new Siege();
  fail(siege, 1, 5, day(0));
  siege.shift(100 * DAY);
  fail(siege, 6, 1, day(101));
  assert.equal(siege.strangers, 6);
  const after = new Siege(siege.save());
  assert.deepEqual([after.isOn, after.strangers], [true, 6]);
});

test("a flood is remembered up to a bound", () => {
  const siege = new Siege();
  fail(siege, 1, 5000, day(0));
  // A sixteenth is forgotten together.
  assert.ok(siege.strangers <= MAX_SOURCES && siege.strangers > MAX_SOURCES * 0.9);
});

test("it also begins where many users mistype", () => {
  const siege = new Siege();
  for (let user = 1; user <= 600; user++) {
    fail(siege, user, 1, day(0));
    siege.loggedIn(user, user, day(0));
  }
  fail(siege, 1000, 511, day(0));
  assert.equal(siege.isOn, false);
  fail(siege, 2000, 1, day(0));
  assert.equal(siege.isOn, true);
});

test("it ends when half of what began it is left, not a third", () => {
  const siege = new Siege();
  fail(siege, 1, 3, day(0));
  for (let source = 1; source <= 3; source++) siege.loggedIn(source, source, day(0));
  fail(siege, 10, 5, day(0));
  fail(siege, 20, 4, day(5));
  assert.equal(siege.isOn, true);
  // Of nine strangers, four are left, which are fewer than half; the users of day 0 are newer than theirs.
  siege.loggedIn(20, 20, day(5));
  siege.loggedIn(21, 21, day(5));
  siege.loggedIn(22, 22, day(5));
  assert.equal(siege.isOn, false);
});

test("users of more than a week ago are no habit, and a step of the clock keeps them", () => {
  for (const [step, isOn] of [
    [0, true],
    [8 * DAY, false],
  ] as const) {
    const siege = new Siege();
    fail(siege, 1, 3, day(0));
    for (let source = 1; source <= 3; source++) siege.loggedIn(source, source, day(0));
    siege.shift(step);
    fail(siege, 10, 5, day(8));
    assert.equal(siege.isOn, isOn);
  }
});

test("strangers age by a week after a step of the clock, and with each login", () => {
  for (const step of [100, 0, -100]) {
    const siege = new Siege();
    fail(siege, 1, 5, day(0));
    siege.shift(step * DAY);
    fail(siege, 6, 1, day(step + 6));
    assert.equal(siege.strangers, 6);
    siege.loggedIn(7, 7, day(step + 8));
    assert.deepEqual([siege.isOn, siege.strangers], [false, 1]);
  }
});

test("an account is one user, from however many sources it logs in", () => {
  const siege = new Siege();
  fail(siege, 1, 20, day(0));
  for (let source = 1; source <= 10; source++) siege.loggedIn(source, 7, day(0));
  assert.deepEqual([siege.isOn, siege.strangers], [true, 10]);
});

test("where anybody can register, a login ends no stranger, and that of a user is the habit", () => {
  const siege = new Siege();
  fail(siege, 1, 4, day(0));
  for (let user = 1; user <= 4; user++) siege.openLogin(user, user, day(0));
  siege.openLogin(50, 50, day(0));
  assert.equal(siege.strangers, 4);
  fail(siege, 10, 7, day(0));
  assert.equal(siege.isOn, false);
  fail(siege, 20, 1, day(0));
  assert.equal(siege.isOn, true);
});
