import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import type { JournalPosition } from "../../../domain/line-source.ts";
import { createUnreadEntry } from "./unread-entry.ts";

const NOW = instant(1_700_000_000_000);

function entry(number: number, sequence = "a"): JournalPosition {
  return {
    cursor: `s=${sequence};i=${number.toString(16)};b=1`,
    receivedAt: instant(NOW + number),
  };
}

test("an entry waits until the reader has passed it", () => {
  const unread = createUnreadEntry();
  unread.note(entry(2), entry(1));
  unread.note(entry(3), entry(1));
  unread.reached(entry(1), undefined, NOW);
  assert.deepEqual(unread.waiting, entry(2));
  unread.reached(entry(2), undefined, NOW);
  assert.equal(unread.waiting, undefined);
  assert.equal(unread.missed(NOW), undefined);
});

test("an entry that the reader passed in a gap is missed, for a while", () => {
  const unread = createUnreadEntry();
  unread.note(entry(2), entry(1));
  unread.reached(entry(5), { after: entry(1), before: entry(4) }, NOW);
  assert.equal(unread.waiting, undefined);
  assert.deepEqual(unread.missed(instant(NOW + 899_000)), entry(2));
  assert.equal(unread.missed(instant(NOW + 900_000)), undefined);
});

test("an entry beside a gap was read", () => {
  for (const gap of [
    { after: entry(2), before: entry(4) },
    { after: entry(0), before: entry(2) },
  ]) {
    const unread = createUnreadEntry();
    unread.note(entry(2), entry(1));
    unread.reached(entry(5), gap, NOW);
    assert.equal(unread.missed(NOW), undefined);
  }
});

test("an entry that other matches selected is forgotten", () => {
  const unread = createUnreadEntry();
  unread.selectBy("a");
  unread.note(entry(2), entry(1));
  unread.selectBy("a");
  assert.deepEqual(unread.waiting, entry(2));
  unread.selectBy("b");
  assert.equal(unread.waiting, undefined);
});

test("an entry does not wait forever when a new sequence begins and the clock was set back", () => {
  const unread = createUnreadEntry();
  unread.note(entry(20), entry(10));
  unread.reached(entry(10), undefined, NOW);
  assert.deepEqual(unread.waiting, entry(20));
  unread.reached(entry(1, "b"), undefined, NOW);
  assert.equal(unread.waiting, undefined);
});

test("an entry of a new sequence waits until something was read", () => {
  const unread = createUnreadEntry();
  unread.note(entry(20, "b"), entry(10));
  unread.reached(entry(10), undefined, NOW);
  assert.deepEqual(unread.waiting, entry(20, "b"));
});
