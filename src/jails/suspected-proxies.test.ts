import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import {
  type ForwardingClaim,
  mayForward,
  type OffenseContext,
  SuspectedProxies,
} from "./suspected-proxies.ts";

const NOW = instant(Date.parse("2026-11-28T12:00:00Z"));
const DAY = 86_400_000;
const [WEB, ERRORS, SSHD] = ["access-log", "nginx", "sshd"].map(jailName) as [
  JailName,
  JailName,
  JailName,
];
const PEER = literalSubject("10.0.0.2");
const UNKNOWN = { claim: undefined, trustedBy: undefined };

function jailName(text: string): JailName {
  const name = parseJailName(text);
  assert.ok(name !== undefined);
  return name;
}

function offense(jail: JailName, more: Partial<OffenseContext> = {}): OffenseContext {
  const plain = { configured: undefined, servesHttp: jail !== SSHD, isExempt: false };
  return { jail, ...plain, findtime: 600_000, now: NOW, ...more };
}

function claimOf(address: string): ForwardingClaim {
  const [peer, client] = [parseIp(address), parseIp("203.0.113.9")];
  assert.ok(peer !== undefined);
  return { jail: WEB, peer, client, at: NOW };
}

const CLAIMED = { claim: claimOf("10.0.0.2"), trustedBy: undefined };

test("an address without evidence is no proxy, whatever it claims", () => {
  const suspects = new SuspectedProxies();
  for (const address of ["192.0.2.7", "2001:db8::/64", "192.168.1.40"])
    assert.equal(suspects.judge(literalSubject(address), UNKNOWN, offense(WEB)), undefined);
  for (const address of ["192.0.2.7", "2001:db8::/64"])
    assert.equal(mayForward(literalSubject(address)), false, address);
  for (const address of ["10.0.0.2", "127.0.0.1", "fd00::/64", "172.16.5.4", "104.16.0.1"])
    assert.equal(mayForward(literalSubject(address)), true, address);
});

test("a private peer whose lines name another client is reported, with what to trust", () => {
  const suspects = new SuspectedProxies();
  const found = suspects.judge(PEER, CLAIMED, offense(WEB));
  assert.equal(found?.because, "its lines name 203.0.113.9 as the client");
  assert.match(
    found?.fix ?? "",
    /^in the jail: trusted_proxies = \["10\.0\.0\.2"\].*trusted_proxies = \[\]/,
  );
  assert.equal(suspects.judge(PEER, CLAIMED, offense(WEB))?.offenses, 2);
  assert.deepEqual(
    suspects.recent(NOW).map(({ subject }) => subject),
    ["10.0.0.2"],
  );
  const later = instant(NOW + 2 * DAY);
  assert.deepEqual(suspects.recent(later), []);
  assert.equal(suspects.judge(PEER, CLAIMED, offense(WEB, { now: later })), undefined);
  // Failures that old still count in this jail, so their evidence does too.
  const patient = offense(WEB, { now: later, findtime: 7 * DAY });
  assert.notEqual(suspects.judge(PEER, CLAIMED, patient), undefined);
});

test("the lines of one jail are evidence in every other, and say where to trust the proxy", () => {
  for (const jail of [ERRORS, SSHD]) {
    const found = new SuspectedProxies().judge(PEER, CLAIMED, offense(jail));
    assert.equal(found?.because, "its lines in jail access-log name 203.0.113.9 as the client");
    assert.match(found?.fix ?? "", /^in jail access-log: trusted_proxies = \["10\.0\.0\.2"\]/);
  }
  // A jail that names its proxies may not know of one in front of another jail.
  for (const [configured, isFound] of [
    [["10.1.1.1"], true],
    [[], false],
  ] as const) {
    const context = offense(ERRORS, { configured });
    const found = new SuspectedProxies().judge(PEER, CLAIMED, context);
    assert.equal(found !== undefined, isFound);
  }
});

test("an exempt peer, such as this host, is a proxy only of the services that it forwards to", () => {
  const here = literalSubject("127.0.0.1");
  const claimed = { claim: claimOf("127.0.0.1"), trustedBy: undefined };
  const judge = (jail: JailName) =>
    new SuspectedProxies().judge(here, claimed, offense(jail, { isExempt: true }));
  assert.notEqual(judge(WEB), undefined);
  assert.notEqual(judge(ERRORS), undefined);
  assert.equal(judge(SSHD), undefined);
});

test("a web service whose failures come from a proxy that another jail trusts says so", () => {
  const trusted = { claim: undefined, trustedBy: WEB };
  const judge = (jail: JailName) =>
    new SuspectedProxies().judge(PEER, trusted, offense(jail, { isExempt: true }));
  assert.equal(judge(ERRORS)?.because, "jail access-log trusts it as a proxy");
  assert.equal(judge(SSHD), undefined);
});

test("a content delivery network is one only in front of a web service", () => {
  const suspects = new SuspectedProxies();
  const peer = literalSubject("104.16.0.1");
  assert.equal(suspects.judge(peer, UNKNOWN, offense(SSHD)), undefined);
  assert.equal(suspects.judge(peer, UNKNOWN, offense(WEB, { configured: [] })), undefined);
  const found = suspects.judge(peer, UNKNOWN, offense(WEB));
  assert.match(found?.fix ?? "", /^have the service log X-Forwarded-For.*"cloudflare"/);
});

test("only a bounded number of suspects is kept", () => {
  const suspects = new SuspectedProxies();
  for (let i = 0; i < 200; i++) {
    const address = `10.0.0.${i}`;
    const evidence = { claim: claimOf(address), trustedBy: undefined };
    suspects.judge(literalSubject(address), evidence, offense(WEB));
  }
  assert.equal(suspects.recent(NOW).length, 64);
});
