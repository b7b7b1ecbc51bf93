import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { ipv4FromNumber } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { BanQuality, type Decider, deciderOf, type WrongKind } from "./ban-quality.ts";

const DAY = 86_400_000;
const AT = 20_000 * DAY;
const jail = parseJailName("sshd");
assert.ok(jail !== undefined);
const SSHD = jail;
const SLOW: Decider = { jail: SSHD, name: "slow", isDetector: true };
const RULE: Decider = { jail: SSHD, name: "failed", isDetector: false };

function createQuality(bans: number, decider = SLOW): BanQuality {
  const quality = new BanQuality();
  for (let i = 0; i < bans; i++) quality.noteBan(decider, AT);
  return quality;
}

/** Notes that it was wrong about an address; returns whether that demotes the detector. */
function wrong(
  quality: BanQuality,
  n: number,
  { kind = "unbanned" as WrongKind, decider = SLOW, at = AT } = {},
): boolean {
  return quality.noteWrong({ decider, kind, subject: ipv4FromNumber(n), at });
}

test("the decider is the detector that the reason names, else the rule", () => {
  assert.deepEqual(
    deciderOf(SSHD, { reason: "slow: 11 failures in 3 days", rule: "failed" }),
    SLOW,
  );
  assert.deepEqual(deciderOf(SSHD, { reason: "5 failures in 10m", rule: "failed" }), RULE);
  // The text of an administrator is no detector's.
  assert.deepEqual(deciderOf(SSHD, { reason: "slower: x", rule: "failed" }), RULE);
});

test("a detector is demoted at the third address that it was wrong about", () => {
  const quality = createQuality(10);
  assert.deepEqual(
    [1, 1, 2].map((n) => wrong(quality, n)),
    [false, false, false],
  );
  assert.equal(wrong(quality, 1, { kind: "login" }), false);
  assert.equal(wrong(quality, 3), true);
  assert.equal(wrong(quality, 4), false);
  assert.ok(quality.isDemoted(SLOW, AT));
  const [rank] = quality.ranking(AT);
  assert.deepEqual(
    { bans: rank?.bans, wrong: rank?.wrong, kinds: rank?.kinds },
    { bans: 10, wrong: 4, kinds: { unbanned: 4, login: 1, guarded: 0 } },
  );
});

const loginWith = (subject: string, account: string, isNewAccount = false) =>
  ({
    decider: SLOW,
    at: AT,
    kind: "login",
    subject: literalSubject(subject),
    account,
    isNewAccount,
  }) as const;

test("one account that logs in from many networks demotes no detector, and three do", () => {
  const quality = createQuality(10);
  for (let n = 0; n < 20; n++)
    assert.equal(quality.noteWrong(loginWith(`192.0.${n}.1`, "mallory")), false);
  assert.equal(quality.noteWrong(loginWith("198.51.100.1", "alice")), false);
  assert.equal(quality.ranking(AT)[0]?.wrong, 21);
  assert.equal(quality.noteWrong(loginWith("203.0.113.1", "bob")), true);
});

test("many accounts that log in from one network demote no detector", () => {
  for (const subjects of [
    ["192.0.2.1", "192.0.2.1", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.0/24"],
    ["2001:db8:1:1::/64", "2001:db8:1:2::/64", "2001:db8:1:3::/64", "2001:db8:1::/56"],
  ]) {
    const quality = createQuality(10);
    for (const [n, subject] of subjects.entries())
      assert.equal(quality.noteWrong(loginWith(subject, `user${n}`)), false, subject);
  }
});

test("a new account is no witness, and a saved wrong ban of an earlier version is one", () => {
  const quality = createQuality(10);
  for (let n = 0; n < 9; n++)
    assert.equal(quality.noteWrong(loginWith(`192.0.${n}.1`, `user${n}`, true)), false);
  const { isNewAccount: _, ...earlier } = loginWith("198.51.100.1", "alice");
  quality.noteWrong(earlier);
  const next = new BanQuality(JSON.parse(JSON.stringify(quality.state())));
  assert.equal(next.noteWrong(loginWith("198.51.101.1", "bob")), false);
  assert.equal(next.noteWrong(loginWith("198.51.102.1", "carol")), true);
});

test("addresses of one IPv6 network that are unbanned by hand show one wrong ban", () => {
  const quality = createQuality(10);
  const lift = (subject: string): boolean =>
    quality.noteWrong({
      decider: SLOW,
      kind: "unbanned",
      subject: literalSubject(subject),
      at: AT,
    });
  for (let n = 1; n < 9; n++) assert.equal(lift(`2001:db8:1:${n}::/64`), false);
  assert.equal(lift("2001:db8:2:1::/64"), false);
  assert.equal(lift("192.0.2.1"), true);
});

test("spellings of one account are one witness", () => {
  const quality = createQuality(10);
  const login = { decider: SLOW, at: AT, kind: "login" } as const;
  for (const [n, account] of ["alice", "Alice", "alice@example.org", "EXAMPLE\\alice"].entries())
    assert.equal(quality.noteWrong({ ...login, subject: ipv4FromNumber(n << 8), account }), false);
});

test("a lift by hand and an account are separate witnesses", () => {
  const quality = createQuality(10);
  const at = { decider: SLOW, at: AT };
  assert.equal(wrong(quality, 1), false);
  quality.noteWrong({ ...at, kind: "login", subject: ipv4FromNumber(2), account: "alice" });
  assert.equal(wrong(quality, 3), true);
});

test("a detector with many bans is demoted from 2 in 100 on", () => {
  const quality = createQuality(200);
  for (let n = 0; n < 3; n++) wrong(quality, n);
  assert.equal(quality.isDemoted(SLOW, AT), false);
  assert.equal(wrong(quality, 3), true);
});

test("a rule is never demoted", () => {
  const quality = createQuality(3, RULE);
  for (let n = 0; n < 9; n++) assert.equal(wrong(quality, n, { decider: RULE }), false);
  assert.equal(quality.isDemoted(RULE, AT), false);
});

test("after 30 days neither bans nor wrong bans count", () => {
  const quality = createQuality(5);
  for (let n = 0; n < 3; n++) wrong(quality, n);
  assert.ok(quality.isDemoted(SLOW, AT + 30 * DAY));
  assert.equal(quality.isDemoted(SLOW, AT + 30 * DAY + 1), false);
  assert.deepEqual(quality.ranking(AT + 32 * DAY), []);
});

test("those that were wrong most often come first", () => {
  const quality = createQuality(10);
  for (let i = 0; i < 10; i++) quality.noteBan(RULE, AT);
  wrong(quality, 1, { decider: RULE });
  assert.deepEqual(
    quality.ranking(AT).map(({ name }) => name),
    ["failed", "slow"],
  );
});

test("a saved state continues, and everything is bounded", () => {
  const quality = createQuality(5);
  for (let n = 0; n < 2; n++) wrong(quality, n);
  const next = new BanQuality(JSON.parse(JSON.stringify(quality.state())));
  assert.equal(wrong(next, 7), true);
  for (let n = 0; n < 600; n++) {
    wrong(next, n);
    next.noteBan({ ...RULE, name: `rule${n}` }, AT + n * DAY);
    next.noteBan(SLOW, AT + n * DAY);
  }
  const { wrong: kept, bans } = next.state();
  assert.ok(kept.length <= 250 && bans.length <= 257);
  assert.ok(bans.every(([, days]) => days.length <= 30));
});

test("however many others ban, a demoted detector stays demoted, and what is forgotten is counted", () => {
  const quality = createQuality(3);
  for (let n = 0; n < 3; n++) wrong(quality, n);
  const later = AT + 29 * DAY;
  for (let n = 0; n < 300; n++) quality.noteBan({ ...RULE, name: `rule${n}` }, later);
  assert.ok(quality.isDemoted(SLOW, later));
  const names = new Set(quality.ranking(later).map(({ name }) => name));
  assert.ok(names.has("slow") && names.has("rule299"));
  assert.ok(names.size <= 257);
  assert.equal(quality.forgotten(later), 301 - names.size);
  const next = new BanQuality(JSON.parse(JSON.stringify(quality.state())));
  assert.ok(next.isDemoted(SLOW, later));
  assert.equal(next.forgotten(later), quality.forgotten(later));
});

test("a rule that was wrong, or reset lately, is forgotten after those that were right", () => {
  const quality = createQuality(1);
  wrong(quality, 1, { decider: RULE });
  quality.noteBan({ ...RULE, name: "fixed" }, AT);
  quality.reset(SSHD, "fixed", AT + 1);
  for (let n = 0; n < 600; n++) quality.noteBan({ ...RULE, name: `rule${n}` }, AT + DAY);
  assert.equal(quality.ranking(AT + DAY)[0]?.name, "failed");
  assert.equal(quality.counts({ ...RULE, name: "fixed" }, AT), false);
});

test("a ban counts for thirty days, by whole days of the log", () => {
  const quality = new BanQuality();
  quality.noteBan(SLOW, AT + 0.9 * DAY);
  assert.equal(quality.ranking(AT + 30.5 * DAY)[0]?.bans, 1);
  assert.deepEqual(quality.ranking(AT + 31 * DAY), []);
});
