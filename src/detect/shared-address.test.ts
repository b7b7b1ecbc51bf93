import assert from "node:assert/strict";
import test from "node:test";
import type { Ban } from "../domain/ban.ts";
import { duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { parseJailName } from "../domain/jail-name.ts";
import type { Login } from "../domain/login.ts";
import { ALL_PORTS, OBSERVED, portScope } from "../domain/port-scope.ts";
import {
  COUNTED_FOR,
  countAccounts,
  raisedThreshold,
  softenBan,
  type SharedPolicy,
  typingAccount,
} from "./shared-address.ts";

const NOW = instant(1_800_000_000_000);
const later = (ms: number) => instant(NOW + ms);
const IP = parseIp("192.0.2.7");
const JAIL = parseJailName("sshd");
const SSH = portScope([{ protocol: "tcp", number: 22 }]);

function login(account: string, change: Partial<Login> = {}): Login {
  assert.ok(IP !== undefined);
  return {
    subject: IP,
    account,
    filter: "sshd",
    ip: IP,
    keyAt: undefined,
    firstAt: later(-100_000),
    lastAt: later(-100_000),
    count: 1,
    ports: [],
    ...change,
  };
}

for (const [name, logins, expected] of [
  ["nobody", [], 0],
  ["two", [login("a"), login("b")], 2],
  ["one of two programs", [login("a"), login("a@example.org", { filter: "dovecot" })], 1],
  ["of two programs, two and one", [login("a"), login("b"), login("c", { filter: "x" })], 2],
  ["one long ago", [login("a"), login("b", { lastAt: later(-1 - COUNTED_FOR) })], 1],
  ["one just not long ago", [login("a", { lastAt: later(0 - COUNTED_FOR) })], 1],
] as const) {
  test(`accounts behind an address: ${name}`, () => {
    assert.equal(countAccounts(logins, NOW), expected);
  });
}

const failed = (user: string | undefined, at = -1000) => ({ user, at: later(at) });

for (const [name, failures, logins, expected] of [
  ["a known user's", [failed("a"), failed("a")], [login("b"), login("a")], "a"],
  ["none", [], [login("a")], undefined],
  ["without a name", [failed(undefined)], [login("a")], undefined],
  ["of two users", [failed("a"), failed("b")], [login("a"), login("b")], undefined],
  ["one without a name", [failed("a"), failed(undefined)], [login("a")], undefined],
  ["nobody known there", [failed("a")], [login("b")], undefined],
  ["known by another program", [failed("a")], [login("a", { filter: "dovecot" })], undefined],
  ["known only since", [failed("a")], [login("a", { firstAt: later(-1000) })], undefined],
] as const) {
  test(`typing errors: ${name}`, () => {
    assert.equal(typingAccount(failures, logins, "sshd"), expected);
  });
}

for (const [shared, accounts, typing, expected, besieged = false] of [
  ["threshold", 3, undefined, 15],
  ["threshold", 3, undefined, 15, true],
  ["threshold", 2, undefined, 10, true],
  ["threshold", 2, undefined, undefined],
  ["threshold", 3, "a", 15],
  ["threshold", 2, "a", 10],
  ["short", 3, undefined, undefined],
  ["ban", 9, undefined, undefined],
  ["ban", 9, "a", 10],
] as const) {
  const siege = besieged ? ", under siege" : "";
  test(`threshold: ${shared}, ${accounts} accounts, ${typing ?? "nobody"} typing${siege}`, () => {
    const raised = raisedThreshold({ maxretry: 5, shared }, { accounts, typing, besieged });
    assert.equal(raised?.failures, expected);
  });
}

function ban(change: Partial<Ban> = {}): Ban {
  assert.ok(IP !== undefined && JAIL !== undefined);
  return {
    subject: IP,
    jail: JAIL,
    scope: ALL_PORTS,
    from: NOW,
    until: later(14_400_000),
    origin: "detected",
    reason: "5 failures in 10m",
    rule: "r",
    failures: 5,
    escalation: 1,
    ...change,
  };
}

const FACTS = { accounts: 4, bantime: duration(3_600_000), ports: SSH };

test("a softened ban is a sixth of bantime without escalation, or closes only the program's ports", () => {
  const reason = "5 failures in 10m (address of 4 accounts)";
  assert.deepEqual(softenBan(ban(), "short", FACTS), {
    ...ban(),
    until: later(600_000),
    escalation: 0,
    reason,
  });
  assert.deepEqual(softenBan(ban(), "ports", FACTS), { ...ban(), scope: SSH, reason });
});

test("a ban that cannot be softened is not changed", () => {
  const forever = ban({ until: "forever" });
  assert.equal(softenBan(forever, "short", { ...FACTS, bantime: "forever" }), forever);
  const narrow = ban({ scope: portScope([{ protocol: "tcp", number: 80 }]) });
  assert.equal(softenBan(narrow, "ports", FACTS), narrow);
  const unknown = ban();
  assert.equal(softenBan(unknown, "ports", { ...FACTS, ports: OBSERVED }), unknown);
  const observed = ban({ scope: OBSERVED });
  assert.equal(softenBan(observed, "ports", FACTS), observed);
  const others: readonly SharedPolicy[] = ["threshold", "report", "ban"];
  for (const shared of others) assert.equal(softenBan(unknown, shared, FACTS), unknown);
});
