import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { mixHash } from "../hash.ts";
import { KnownAccounts } from "./known-accounts.ts";

const DAY = 86_400_000;
const AT = 20_000 * DAY;
const ALICE = "sshd alice";

function tryFrom(accounts: KnownAccounts, sources: number, at: number): void {
  for (let n = 0; n < sources; n++) accounts.tried(ALICE, mixHash(n + 1, 7), at);
}

test("a login forgives tries from up to three sources, which may be its user's", () => {
  const sourcesAfter = (sources: number): number | undefined => {
    const accounts = new KnownAccounts();
    accounts.login(ALICE, AT);
    tryFrom(accounts, sources, AT);
    accounts.login(ALICE, AT);
    return accounts.judge(ALICE, AT)?.sources;
  };
  assert.deepEqual([sourcesAfter(3), sourcesAfter(5)], [0, 5]);
});

test("a day of guessing teaches at most what was unusual, so that the next one is found as well", () => {
  const accounts = new KnownAccounts();
  accounts.login(ALICE, AT);
  for (let day = 0; day < 14; day++) accounts.login(ALICE, AT + day * DAY);
  tryFrom(accounts, 400, AT + 14 * DAY);
  accounts.login(ALICE, AT + 15 * DAY);
  tryFrom(accounts, 100, AT + 15 * DAY);
  assert.equal(accounts.judge(ALICE, AT + 15 * DAY)?.isGuessed, true);
});

test("the sources of an account are those of the day", () => {
  const accounts = new KnownAccounts();
  accounts.login(ALICE, AT);
  tryFrom(accounts, 8, AT);
  tryFrom(accounts, 2, AT + DAY);
  assert.equal(accounts.judge(ALICE, AT + DAY)?.sources, 2);
});

test("a name is compared with a bounded number of accounts, and its own one in another case is among them", () => {
  const accounts = new KnownAccounts();
  for (let n = 0; n < 1000; n++) accounts.login(`sshd info@d${n}.example`, AT);
  assert.ok(accounts.spellings("sshd info", AT).length <= 32);
  const tried = {
    jail: parseJailName("sshd") ?? assert.fail(),
    user: "Info@D5.example",
    at: instant(AT),
  };
  assert.equal(accounts.of({ ...tried, isOpen: true }).account, "sshd info@d5.example");
  assert.equal(accounts.of({ ...tried, likeness: "same" }).account, "sshd info@d5.example");
});
