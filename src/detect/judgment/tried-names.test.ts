import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../domain/instant.ts";
import { TriedNames } from "./tried-names.ts";

const DAY = 86_400_000;
const AT = 20_000 * DAY;

/** Names that do not resemble each other. */
const nameOf = (n: number): string => `${n}x${(n * 7919) % 100_003}y${n}z${n}`;

test("accounts of regular users stay, however many log in once, and a new one is known for a while", () => {
  for (const isOpen of [true, false]) {
    const names = new TriedNames({ isOpen });
    for (let day = 0; day < 2; day++) names.loggedIn("alice", AT + day * DAY);
    for (let n = 0; n < 30_000; n++) names.loggedIn(nameOf(n), AT + DAY);
    names.loggedIn("newcomer", AT + 2 * DAY);
    assert.deepEqual(
      ["alice", nameOf(0), nameOf(29_999), "newcomer"].map((name) => names.likeness(name)),
      ["same", "other", "same", "same"],
    );
  }
});

test("names are compared with regular users and with the newest accounts", () => {
  const names = new TriedNames({ isOpen: false });
  for (let n = 0; n < 6000; n++) names.loggedIn(nameOf(n), AT);
  for (let day = 0; day < 2; day++) names.loggedIn("carol", AT + day * DAY);
  for (let n = 6000; n < 12_000; n++) names.loggedIn(nameOf(n), AT + DAY);
  assert.equal(names.likeness("carrol"), "similar");
  assert.equal(names.likeness(`${nameOf(11_500)}q`), "similar");
  assert.equal(names.likeness(`${nameOf(1000)}q`), "other");
});

test("of accounts of the record, those with the newest logins and with most days are compared", () => {
  const names = new TriedNames({ isOpen: false });
  const known = Array.from({ length: 8000 }, (_, n) => {
    return { account: nameOf(n), lastAt: instant(AT + n), days: n === 10 ? 5 : 1 };
  });
  names.addAccounts(known);
  const likeness = (n: number): string => names.likeness(`${nameOf(n)}q`);
  assert.deepEqual([likeness(10), likeness(7999), likeness(20)], ["similar", "similar", "other"]);
});

test("names that one source tries displace none that several tried", () => {
  const names = new TriedNames({ isOpen: false });
  for (let source = 1; source <= 3; source++) names.tried("oracle", source);
  for (let n = 0; n < 20_000; n++) names.tried(nameOf(n), n);
  assert.equal(names.tried("oracle", 4), 3);
  assert.equal(names.tried(nameOf(19_900), 4), 1);
});

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

test("of a long name, only the first 64 characters are kept", () => {
  const names = new TriedNames({ isOpen: false });
  const long = "x".repeat(64);
  names.tried(`${long}1`, 1);
  assert.equal(names.tried(`${long}2`, 2), 1);
  assert.equal(names.tried(`${long.slice(1)}1`, 2), 0);
  names.isFurtherUnknown(`${long}1`, 1);
  assert.equal(names.isLastUnknown(`${long}2`, 1), true);
});
