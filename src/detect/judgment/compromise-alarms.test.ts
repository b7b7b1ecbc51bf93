import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { instant } from "../../domain/instant.ts";
import { ipv4FromNumber, parseIp } from "../../domain/ip.ts";
import { parseJailName } from "../../domain/jail-name.ts";
import { type CompromiseAlarm, CompromiseAlarms } from "./compromise-alarms.ts";

const DAY = 86_400_000;
const jail = parseJailName("sshd");
const home = parseIp("198.51.100.7");
assert.ok(jail !== undefined && home !== undefined);
const ALARM: CompromiseAlarm = { jail, ip: home, account: "bob", at: instant(0), because: "" };

test("an alarm is raised once for an account and an address, and ends 30 days after the last login", () => {
  const alarms = new CompromiseAlarms();
  assert.equal(alarms.raise(ALARM), true);
  assert.equal(alarms.raise({ ...ALARM, at: instant(DAY) }), false);
  assert.equal(alarms.raise({ ...ALARM, account: "eve" }), true);
  assert.deepEqual(
    alarms.open(31 * DAY).map(({ account }) => account),
    ["bob"],
  );
  assert.deepEqual(alarms.open(31 * DAY + 1), []);
  assert.equal(alarms.raise({ ...ALARM, at: instant(32 * DAY) }), true, "the old one has ended");
});

test("acknowledging ends the alarms of an address, of a network, or all", () => {
  const alarms = new CompromiseAlarms([ALARM, { ...ALARM, ip: ipv4FromNumber(0xc000_0201) }]);
  assert.deepEqual(alarms.acknowledge(literalSubject("203.0.113.0/24"), 0), []);
  assert.deepEqual(alarms.acknowledge(literalSubject("198.51.100.0/24"), 0), [ALARM]);
  assert.equal(alarms.open(0).length, 1);
  assert.equal(alarms.acknowledge(undefined, 0).length, 1);
  assert.deepEqual(alarms.open(0), []);
});

test("an alarm of another account is one of the same address and jail", () => {
  const alarms = new CompromiseAlarms([ALARM]);
  const nameless = { ...ALARM, account: "?" };
  assert.equal(alarms.hasOther(nameless), true);
  assert.equal(alarms.hasOther(ALARM), false);
  assert.equal(alarms.hasOther({ ...nameless, ip: ipv4FromNumber(0xc000_0201) }), false);
  const dovecot = parseJailName("dovecot");
  assert.ok(dovecot !== undefined);
  assert.equal(alarms.hasOther({ ...nameless, jail: dovecot }), false);
  assert.equal(alarms.hasOther({ ...nameless, at: instant(31 * DAY) }), false);
});

test("250 are kept, the newest, and the others are counted until these are acknowledged", () => {
  const alarms = new CompromiseAlarms();
  for (let i = 0; i < 260; i++)
    alarms.raise({ ...ALARM, account: `user${i}`, ip: ipv4FromNumber(0xc000_0200 + i) });
  const next = new CompromiseAlarms(alarms.open(0), alarms.droppedState());
  for (const one of [alarms, next]) {
    assert.equal(one.open(0).length, 250);
    assert.equal(one.open(0)[0]?.account, "user10");
    assert.equal(one.dropped(0), 10);
    one.acknowledge(literalSubject("192.0.2.0/25"), 0);
    assert.equal(one.dropped(0), 10);
    one.acknowledge(undefined, 0);
    one.raise(ALARM);
    assert.equal(one.dropped(0), 0);
  }
});

const mail = parseJailName("dovecot") ?? assert.fail();

/** What an intruder may do so often as wanted, for one alarm each. */
const FLOODS: readonly ((n: number) => CompromiseAlarm)[] = [
  // One account from many addresses.
  (n) => ({ ...ALARM, account: "mallory", ip: ipv4FromNumber(0xc000_0200 + n) }),
  // Spellings of one account, from an address each.
  (n) => ({ ...ALARM, account: `Mallory@d${n}.example`, ip: ipv4FromNumber(0xc000_0200 + n) }),
  // Many accounts from one address.
  (n) => ({ ...ALARM, account: `own${n}`, ip: ipv4FromNumber(0xc000_0200) }),
  // Accounts of the intruder, from an address each, at this service and at another one.
  (n) => ({
    ...ALARM,
    account: `own${n}`,
    ip: ipv4FromNumber(0xc000_0200 + n),
    isNewAccount: true,
  }),
  (n) => ({ ...ALARM, account: `own${n}`, ip: ipv4FromNumber(0xc000_0200 + n), jail: mail }),
];

test("no flood of alarms removes those about other accounts", () => {
  for (const alarmOf of FLOODS) {
    const alarms = new CompromiseAlarms();
    const user = { ...ALARM, account: "alice", ip: ipv4FromNumber(0xcb00_7101) };
    alarms.raise(ALARM);
    for (let n = 0; n < 600; n++) {
      if (n === 300) alarms.raise(user);
      alarms.raise(alarmOf(n));
    }
    const open = alarms.open(0);
    assert.equal(open.length, 250);
    assert.ok(open.includes(ALARM) && open.includes(user), `${open[0]?.account}`);
    assert.equal(alarms.dropped(0), 352);
  }
});

test("another case of an account is the same alarm", () => {
  const alarms = new CompromiseAlarms([ALARM]);
  assert.equal(alarms.raise({ ...ALARM, account: "Bob" }), false);
  assert.ok(alarms.isSuspect(home, "BOB", 0));
  assert.equal(alarms.open(0).length, 1);
});

test("only logins with the account from there are suspect, while the alarm is open", () => {
  const alarms = new CompromiseAlarms([ALARM]);
  const suspects = (network: string, account: string, now = DAY): boolean =>
    alarms.isSuspect(literalSubject(network), account, now);
  assert.ok(suspects("198.51.100.7", "bob") && suspects("198.51.100.0/24", "bob"));
  assert.ok(!suspects("198.51.100.7", "eve") && !suspects("198.51.100.8", "bob"));
  assert.ok(!suspects("198.51.100.7", "bob", 31 * DAY));
  alarms.acknowledge(undefined, DAY);
  assert.ok(!suspects("198.51.100.7", "bob"));
});
