import assert from "node:assert/strict";
import { test } from "node:test";
import { TriedNames } from "./tried-names.ts";

test("a flood of names and sources is remembered up to bounds, and keeps what is still tried", () => {
  const names = new TriedNames({ isOpen: false });
  for (let source = 1; source <= 20; source++) names.tried("root", source);
  for (let n = 0; n < 5000; n++) {
    for (let source = 1; source <= 2; source++) names.tried(`name${n}`, source);
    names.tried("root", 1);
    names.tried(`once${n}`, 1);
  }
  assert.equal(names.tried("root", 21), 11);
  assert.equal(names.tried("name0", 3), 0, "forgotten");
  const saved = names.save();
  assert.equal(saved.length, 500);
  assert.deepEqual(saved.at(-1), ["root", Array.from({ length: 11 }, (_, i) => i + 1)]);
  assert.ok(saved.every(([, sources]) => sources.length > 1));
});

test("names are compared with 5,000 accounts, and 20,000 are known", () => {
  const names = new TriedNames({ isOpen: false });
  const account = (n: number): string => `${100_000 + n}-${100_000 + n}`;
  for (let n = 0; n < 20_001; n++) names.loggedIn(account(n));
  const likeness = (n: number): string => names.likeness(account(n));
  assert.deepEqual([4999, 5000, 19_999, 20_000].map(likeness), ["same", "same", "same", "other"]);
  const mistyped = (n: number): string => names.likeness(account(n).slice(0, -1));
  assert.deepEqual([4999, 5000].map(mistyped), ["similar", "other"]);
});

test("of a long name, only the first 64 characters are kept", () => {
  const names = new TriedNames({ isOpen: false });
  const long = "x".repeat(64);
  names.tried(`${long}1`, 1);
  assert.equal(names.tried(`${long}2`, 2), 1);
  assert.equal(names.tried(`${long.slice(1)}1`, 2), 0);
  names.isFurtherUnknown(`${long}1`, 1);
  assert.equal(names.isLastUnknown(`${long}2`, 1), true);
});
