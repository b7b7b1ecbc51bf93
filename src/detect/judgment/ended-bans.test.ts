import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../../domain/cidr.ts";
import { type Ip, ipv4FromNumber } from "../../domain/ip.ts";
import { type JailName, parseJailName } from "../../domain/jail-name.ts";
import { EndedBans } from "./ended-bans.ts";

function jailNamed(name: string): JailName {
  const jail = parseJailName(name);
  assert.ok(jail !== undefined);
  return jail;
}

function endedIn(jail: string, at = 0): Parameters<EndedBans["add"]>[1] {
  return { decider: { jail: jailNamed(jail), name: "failed", isDetector: false }, at };
}

function jailsAround(ended: EndedBans, text: string): readonly string[] {
  return ended.takeAround(literalSubject(text) as Ip).map(([, { decider }]) => decider.jail);
}

test("the bans of an address in several jails are found together, once", () => {
  const ended = new EndedBans();
  ended.add(literalSubject("192.0.2.7"), endedIn("sshd"));
  ended.add(literalSubject("192.0.2.7"), endedIn("dovecot"));
  ended.add(literalSubject("192.0.2.7"), endedIn("sshd", 5));
  ended.add(literalSubject("192.0.2.0/24"), endedIn("nginx"));
  const next = new EndedBans(JSON.parse(JSON.stringify(ended.state())));
  assert.deepEqual(jailsAround(next, "192.0.2.7").toSorted(), ["dovecot", "nginx", "sshd"]);
  assert.deepEqual(jailsAround(next, "192.0.2.7"), []);
});

test("a network of any length is found around an address of it", () => {
  for (const network of ["2001:db8::/60", "2001:db8::/32", "2001:db8::7"]) {
    const ended = new EndedBans();
    ended.add(literalSubject(network), endedIn("sshd"));
    assert.deepEqual(
      jailsAround(ended, "2001:db8:ffff::7").length,
      network.endsWith("/32") ? 1 : 0,
    );
    assert.deepEqual(jailsAround(ended, "2001:db8::7").length, network.endsWith("/32") ? 0 : 1);
  }
});

test("bans of a forgotten rule are not found, and those of other jails are", () => {
  const ended = new EndedBans();
  for (const jail of ["sshd", "dovecot"]) ended.add(literalSubject("192.0.2.7"), endedIn(jail));
  ended.forget(endedIn("sshd").decider);
  assert.deepEqual(jailsAround(ended, "192.0.2.7"), ["dovecot"]);
});

test("it is bounded", () => {
  const ended = new EndedBans();
  for (let i = 0; i < 5000; i++) ended.add(ipv4FromNumber(i), endedIn("sshd"));
  for (let i = 0; i < 100; i++) ended.add(literalSubject("192.0.2.7"), endedIn(`jail${i}`));
  assert.ok(ended.state().length <= 2000 + 16);
  assert.equal(jailsAround(ended, "192.0.2.7").length, 16);
});
