import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../../domain/instant.ts";
import { literalSubject } from "../../../domain/cidr.ts";
import { type Ip, ipv4FromNumber } from "../../../domain/ip.ts";
import { parseJailName } from "../../../domain/jail-name.ts";
import { mixHash } from "../hash.ts";
import { KnownAccounts } from "./known-accounts.ts";
import { LoginMemory } from "./login-memory.ts";
import { SourceTable } from "./source-table.ts";
import { TieCounts } from "./tie-counts.ts";

const DAY = 86_400_000;
const AT = 20_000 * DAY;
const jail = parseJailName("sshd");
assert.ok(jail !== undefined);
const SSHD = jail;

test("the table of sources is bounded, and forgets the one that failed least recently", () => {
  const table = new SourceTable();
  const note = (i: number) => {
    const subject = ipv4FromNumber(i);
    return table.note({ jail: SSHD, subject, at: AT + i, weight: 1, name: 1 }).source.tries;
  };
  for (let i = 0; i < 32_000; i++) note(i);
  assert.equal(note(0), 2);
  note(32_000);
  assert.equal(table.of(SSHD, ipv4FromNumber(1)), undefined);
  assert.equal(table.of(SSHD, ipv4FromNumber(0))?.tries, 2);
  // A sixteenth is forgotten together.
  assert.equal([...table.since(SSHD, 0)].length, 32_001 - 2000);
});

test("a source that failed more than a day ago begins again", () => {
  const table = new SourceTable();
  const line = { jail: SSHD, subject: ipv4FromNumber(7), weight: 1, name: 1 };
  table.note({ ...line, at: AT });
  assert.equal(table.note({ ...line, at: AT + DAY }).source.tries, 2);
  assert.equal(table.note({ ...line, at: AT + 2 * DAY + 1 }).source.tries, 1);
});

test("ties are bounded, and those of several sources stay", () => {
  const ties = new TieCounts(100);
  for (let i = 0; i < 3; i++) ties.add(-5, i);
  for (let i = 0; i < 1000; i++) ties.add(i, 10);
  assert.equal(ties.before(-5, 11), 3);
  assert.ok(ties.state().length <= 100);
});

test("what came in the current second does not count yet", () => {
  const ties = new TieCounts(10);
  for (let i = 0; i < 2; i++) ties.add(1, 5);
  assert.equal(ties.before(1, 5), 0);
  ties.add(1, 6);
  assert.equal(ties.before(1, 6), 2);
  assert.equal(ties.before(1, 7), 3);
});

test("8,192 networks are known, for 90 days after the newest login", () => {
  const logins = new LoginMemory();
  const network = (i: number) => ipv4FromNumber(i * 65_536 + 9);
  for (let i = 0; i < 8193; i++) logins.note(network(i), AT);
  assert.equal(logins.familiarity(network(0), AT), "unknown");
  assert.equal(logins.familiarity(network(600), AT + 90 * DAY), "close");
  assert.equal(logins.familiarity(network(600), AT + 90 * DAY + 1), "unknown");
  assert.equal(logins.familiarity(ipv4FromNumber(600 * 65_536 + 300), AT), "near");
});

test("networks of logins are known after a restart", () => {
  const [logins, next] = [new LoginMemory(), new LoginMemory()];
  const ips = ["192.0.2.7", "203.0.113.9", "2001:db8:1::7"].map(
    (text) => literalSubject(text) as Ip,
  );
  for (const ip of ips) logins.note(ip, AT);
  const state: ReturnType<LoginMemory["state"]> = JSON.parse(JSON.stringify(logins.state()));
  assert.deepEqual(state.close[0], ["192.0.2", AT, 1]);
  assert.deepEqual(state.near[0], ["192.0", AT, 1]);
  next.restore(state);
  for (const ip of ips) assert.equal(next.familiarity(ip, AT), "close");
  assert.equal(next.familiarity(literalSubject("192.0.3.7") as Ip, AT), "near");
  assert.equal(next.familiarity(literalSubject("2001:db8:2::7") as Ip, AT), "near");
  assert.equal(next.familiarity(literalSubject("198.51.100.7") as Ip, AT), "unknown");
});

test("a busy jail makes no other jail forget its sources", () => {
  const table = new SourceTable();
  const other = parseJailName("dovecot");
  assert.ok(other !== undefined);
  const line = { weight: 1, name: 1 };
  table.note({ ...line, jail: other, subject: ipv4FromNumber(7), at: AT });
  for (let i = 0; i < 70_000; i++)
    table.note({ ...line, jail: SSHD, subject: ipv4FromNumber(i), at: AT + i });
  assert.equal(table.of(other, ipv4FromNumber(7))?.tries, 1);
  assert.ok(table.state().length <= 32_000);
  const next = new SourceTable();
  next.restore(JSON.parse(JSON.stringify(table.state())), AT + DAY);
  assert.equal(next.state().length, table.state().length);
});

test("2,048 accounts of a jail are watched, and one that is tried every day has a higher threshold", () => {
  const accounts = new KnownAccounts(SSHD);
  for (let i = 0; i < 2049; i++) accounts.login(`user${i}`, AT);
  const accountsOf = (user: string, likeness: "similar" | "other" = "other") =>
    accounts.of({ user, at: instant(AT), likeness }).accounts;
  assert.deepEqual([accountsOf("user0"), accountsOf("user200")], [[], ["user200"]]);
  assert.deepEqual(accountsOf("User0@example.org", "similar"), []);
  assert.deepEqual(accountsOf("User200@example.org", "similar"), ["user200"]);
  for (let day = 0; day < 14; day++)
    for (let i = 0; i < 30; i++) accounts.tried(["user201"], mixHash(i, day), AT + day * DAY);
  assert.equal(accounts.isRarelyTried(["user201"]), false);
  const at = instant(AT + 14 * DAY);
  for (let i = 0; i < 60; i++) accounts.tried(["user201", "user202"], mixHash(i, 99), at);
  assert.equal(accounts.judge("user201", at)?.isGuessed, false);
  assert.equal(accounts.judge("user202", at)?.isGuessed, true);
});

test("accounts of regular users stay, however many log in once, and a new one is known for a while", () => {
  const accounts = new KnownAccounts(SSHD);
  for (let day = 0; day < 3; day++)
    for (let i = 0; i < 1500; i++) accounts.login(`user${i}`, AT + day * DAY);
  const at = AT + 3 * DAY;
  for (let i = 0; i < 10_000; i++) {
    accounts.login(`spam${i}`, at);
    assert.equal(accounts.isRegular(`user${i % 1500}`, at), true);
  }
  const isKnown = (user: string): boolean => accounts.spellings(user, at).length > 0;
  assert.ok(isKnown("spam9745") && !isKnown("spam8000"));
  assert.ok(accounts.state().length <= 2048);
  // After 90 days without a login, they make room.
  for (let i = 0; i < 2048; i++) accounts.login(`next${i}`, at + 91 * DAY);
  assert.equal(accounts.state().filter(({ account }) => account.startsWith("sshd user")).length, 0);
});

test("a newcomer is known, although all others are regular users", () => {
  const accounts = new KnownAccounts(SSHD);
  for (let day = 0; day < 3; day++)
    for (let i = 0; i < 2048; i++) accounts.login(`user${i}`, AT + day * DAY);
  accounts.login("newcomer", AT + 3 * DAY);
  for (let i = 0; i < 200; i++) accounts.login(`other${i}`, AT + 3 * DAY);
  assert.equal(accounts.spellings("newcomer", AT + 3 * DAY).length, 1);
});

test("networks of regular logins stay, however many log in once", () => {
  const logins = new LoginMemory();
  const [home, flood] = [ipv4FromNumber(0xc000_0201), (i: number) => ipv4FromNumber(i << 8)];
  for (let day = 0; day < 2; day++) logins.note(home, AT + day * DAY);
  for (let i = 0; i < 40_000; i++) logins.note(flood(i), AT + 2 * DAY);
  assert.equal(logins.familiarity(home, AT + 2 * DAY), "close");
  assert.equal(logins.familiarity(flood(39_999), AT + 2 * DAY), "close");
  assert.ok(logins.state().close.length <= 8192);
});
