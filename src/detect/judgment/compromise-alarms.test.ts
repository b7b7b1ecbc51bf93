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

test("the newest 50 are kept", () => {
  const alarms = new CompromiseAlarms();
  for (let i = 0; i < 60; i++) alarms.raise({ ...ALARM, account: `user${i}` });
  assert.equal(alarms.open(0).length, 50);
  assert.equal(alarms.open(0)[0]?.account, "user10");
});

test("logins with one account from many addresses do not remove the alarm about another account", () => {
  const alarms = new CompromiseAlarms();
  alarms.raise(ALARM);
  for (let i = 0; i < 200; i++)
    alarms.raise({ ...ALARM, account: "guessed", ip: ipv4FromNumber(0xc000_0200 + i) });
  const open = alarms.open(0);
  assert.equal(open.length, 50);
  assert.equal(open[0], ALARM);
  assert.equal(open.at(-1)?.ip, "192.0.2.199");
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
