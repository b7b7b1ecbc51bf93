import assert from "node:assert/strict";
import test from "node:test";
import type { BookStep, CountedFailure } from "../domain/ban-book.ts";
import type { Ban } from "../domain/ban.ts";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import { ALL_PORTS } from "../domain/port-scope.ts";
import { openFailures } from "./open-failures.ts";

function jail(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

const WINDOW = { subject: literalSubject("2001:db8::/64"), jail: jail("sshd") };

function failure(user: string, change: Partial<CountedFailure> = {}): CountedFailure {
  return { ...WINDOW, at: instant(1), weight: 1, rule: "r", user, line: "l", ...change };
}

function step(user: string, change: Partial<CountedFailure> = {}): BookStep {
  return { kind: "failure", ...failure(user, change) };
}

const BAN: Ban = {
  ...WINDOW,
  scope: ALL_PORTS,
  from: instant(1),
  until: "forever",
  origin: "detected",
  reason: "",
  rule: "r",
  failures: 1,
  escalation: 0,
};

/** A login forgives nothing by itself: the steps contain the forgiven accounts. */
const LOGIN: BookStep = {
  kind: "login",
  subject: WINDOW.subject,
  ip: parseIp("2001:db8::1") ?? assert.fail(),
  ...{ account: "a", filter: "sshd", method: "key", at: instant(2), times: 1, ports: [] },
};

const BOOKED = [
  failure("b"),
  failure("x", { jail: jail("nginx") }),
  failure("y", { subject: literalSubject("2001:db8::/48") }),
  failure("a"),
];

for (const [name, steps, expected] of [
  ["of the book, oldest first, only its own", [], "a b"],
  ["and of the batch", [step("c"), step("z", { jail: jail("nginx") })], "a b c"],
  ["after an offense", [step("c"), { kind: "consumed", ...WINDOW }, step("d")], "d"],
  ["after a ban", [{ kind: "ban", ban: BAN, who: "daemon" }, step("d")], "d"],
  ["after a ban by hand", [{ kind: "ban", ban: { ...BAN, origin: "manual" }, who: "x" }], "a b"],
  ["after another's ban", [{ kind: "ban", ban: { ...BAN, jail: jail("n") }, who: "x" }], "a b"],
  ["after a login", [step("a"), { kind: "forgiven", ...WINDOW, account: "a" }, step("a")], "b a"],
  [
    "after another's login",
    [{ kind: "forgiven", ...WINDOW, jail: jail("n"), account: "a" }],
    "a b",
  ],
  ["whatever ended", [{ kind: "past", ban: BAN, ended: instant(2), by: "x" }], "a b"],
  [
    "whatever sessions changed",
    [{ kind: "sessions", jail: WINDOW.jail, whole: false, sessions: [] }],
    "a b",
  ],
  ["the login of another account", [LOGIN], "a b"],
  ["whatever was noted", [{ kind: "audit", action: "x", who: "x", detail: "" }], "a b"],
] as const satisfies readonly (readonly [string, readonly BookStep[], string])[]) {
  test(`failures that count: ${name}`, () => {
    const open = openFailures(WINDOW, BOOKED, steps);
    assert.equal(open.map(({ user }) => user).join(" "), expected);
  });
}
