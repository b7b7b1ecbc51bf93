import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { mixHash } from "../hash.ts";
import { KnownAccounts } from "./known-accounts.ts";

const DAY = 86_400_000;
const AT = 20_000 * DAY;
const ALICE = "alice";
const SSHD = parseJailName("sshd") ?? assert.fail();

function tryFrom(accounts: KnownAccounts, sources: number, at: number): void {
  for (let n = 0; n < sources; n++) accounts.tried([ALICE], mixHash(n + 1, 7), at);
}

test("a login forgives tries from up to three sources, which may be its user's", () => {
  const sourcesAfter = (sources: number): number | undefined => {
    const accounts = new KnownAccounts(SSHD);
    accounts.login(ALICE, AT);
    tryFrom(accounts, sources, AT);
    accounts.login(ALICE, AT);
    return accounts.judge(ALICE, AT)?.sources;
  };
  assert.deepEqual([sourcesAfter(3), sourcesAfter(5)], [0, 5]);
});

test("a day of guessing teaches at most what was unusual, so that the next one is found as well", () => {
  const accounts = new KnownAccounts(SSHD);
  accounts.login(ALICE, AT);
  for (let day = 0; day < 14; day++) accounts.login(ALICE, AT + day * DAY);
  tryFrom(accounts, 400, AT + 14 * DAY);
  accounts.login(ALICE, AT + 15 * DAY);
  tryFrom(accounts, 100, AT + 15 * DAY);
  assert.equal(accounts.judge(ALICE, AT + 15 * DAY)?.isGuessed, true);
});

test("the sources of an account are those of the day", () => {
  const accounts = new KnownAccounts(SSHD);
  accounts.login(ALICE, AT);
  tryFrom(accounts, 8, AT);
  tryFrom(accounts, 2, AT + DAY);
  assert.equal(accounts.judge(ALICE, AT + DAY)?.sources, 2);
});

test("a name is compared with a bounded number of accounts, and its own one in another case is among them", () => {
  const accounts = new KnownAccounts(SSHD);
  for (let n = 0; n < 1000; n++) accounts.login(`info@d${n}.example`, AT);
  assert.equal(accounts.spellings("info", AT).length, 16);
  const tried = { user: "Info@D5.example", at: instant(AT) };
  assert.deepEqual(accounts.of({ ...tried, isOpen: true }).accounts, ["info@d5.example"]);
  assert.deepEqual(accounts.of({ ...tried, likeness: "same" }).accounts, ["info@d5.example"]);
});

test("accounts of one day displace none of a regular user from those that are compared", () => {
  const accounts = new KnownAccounts(SSHD);
  for (let day = 0; day < 2; day++) accounts.login("info@a.example", AT + day * DAY);
  for (let n = 0; n < 100; n++) accounts.login(`info@d${n}.example`, AT + DAY);
  assert.ok(accounts.spellings("info", AT + DAY).includes("info@a.example"));
});

test("a name with another domain resembles no account, and without a domain it is each of them", () => {
  const accounts = new KnownAccounts(SSHD);
  for (const domain of ["a", "b"]) accounts.login(`Bob@${domain}.example`, AT);
  const of = (user: string) => accounts.of({ user, at: instant(AT), likeness: "similar" });
  assert.deepEqual(of("bob@c.example"), { accounts: [], user: "bob@c.example", likeness: "other" });
  const both = ["bob@a.example", "bob@b.example"];
  assert.deepEqual(of("bob"), { accounts: both, user: "bob", likeness: "same" });
  assert.deepEqual(of("BOB@a.example"), {
    ...{ accounts: ["bob@a.example"], user: "Bob@a.example", likeness: "same" },
  });
  // A typing error of the name is no other account.
  assert.deepEqual(of("bbo@a.example"), {
    accounts: [],
    user: "bbo@a.example",
    likeness: "similar",
  });
});

test("accounts of an earlier version, which kept each spelling, are one that is still guessed", () => {
  const before = new KnownAccounts(SSHD);
  before.login(ALICE, AT);
  tryFrom(before, 200, AT);
  before.judge(ALICE, AT);
  const [guessed] = before.state();
  assert.ok(guessed !== undefined && guessed.guessedFrom > 100);
  const { loginDays, ...saved } = guessed;
  const next = new KnownAccounts(SSHD);
  next.restore("alice", saved);
  next.restore("ALICE", { ...saved, guessedAt: 0, guessedFrom: 0, sources: [] });
  assert.equal(next.state().length, 1);
  assert.equal(next.guessedFrom(next.spellings("Alice", AT), AT), guessed.guessedFrom);
  assert.deepEqual([loginDays, next.isRegular("alice", AT)], [1, true]);
});
