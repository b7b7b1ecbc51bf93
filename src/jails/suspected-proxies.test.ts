import assert from "node:assert/strict";
import { test } from "node:test";
import { literalSubject } from "../domain/cidr.ts";
import { instant } from "../domain/instant.ts";
import { parseIp } from "../domain/ip.ts";
import { fixSuspectedProxy, mayForward, SuspectedProxies } from "./suspected-proxies.ts";

const NOW = instant(Date.parse("2026-11-28T12:00:00Z"));
const DAY = 86_400_000;
const WEB = { servesHttp: true, now: NOW };

test("an address without evidence is no proxy, whatever it claims", () => {
  const suspects = new SuspectedProxies();
  for (const address of ["192.0.2.7", "2001:db8::/64", "192.168.1.40"])
    assert.equal(suspects.judge(literalSubject(address), WEB), undefined, address);
  for (const address of ["192.0.2.7", "2001:db8::/64"])
    assert.equal(mayForward(literalSubject(address)), false, address);
  for (const address of ["10.0.0.2", "127.0.0.1", "fd00::/64", "172.16.5.4", "104.16.0.1"])
    assert.equal(mayForward(literalSubject(address)), true, address);
});

test("a private peer whose lines name another client is reported, with what to trust", () => {
  const suspects = new SuspectedProxies();
  const peer = literalSubject("10.0.0.2");
  suspects.noteClaim(peer, parseIp("203.0.113.9"), NOW);
  const found = suspects.judge(peer, { servesHttp: false, now: NOW });
  assert.equal(found?.because, "its lines name 203.0.113.9 as the client");
  assert.ok(found !== undefined);
  assert.match(
    fixSuspectedProxy(found),
    /trusted_proxies = \["10\.0\.0\.2"\].*trusted_proxies = \[\]/,
  );
  assert.equal(suspects.judge(peer, WEB)?.offenses, 2);
  assert.deepEqual(
    suspects.recent(NOW).map(({ subject }) => subject),
    ["10.0.0.2"],
  );
  assert.deepEqual(suspects.recent(instant(NOW + 2 * DAY)), []);
  assert.equal(suspects.judge(peer, { servesHttp: true, now: instant(NOW + 2 * DAY) }), undefined);
});

test("a content delivery network is one only in front of a web service", () => {
  const suspects = new SuspectedProxies();
  const peer = literalSubject("104.16.0.1");
  assert.equal(suspects.judge(peer, { servesHttp: false, now: NOW }), undefined);
  const found = suspects.judge(peer, WEB);
  assert.equal(found?.entry, "cloudflare");
  assert.ok(found !== undefined && !found.isForwarding);
  assert.match(fixSuspectedProxy(found), /^have the service log X-Forwarded-For/);
});

test("only a bounded number of peers is kept", () => {
  const suspects = new SuspectedProxies();
  for (let i = 0; i < 200; i++) {
    const peer = literalSubject(`10.0.0.${i}`);
    suspects.noteClaim(peer, parseIp("203.0.113.9"), NOW);
    suspects.judge(peer, WEB);
  }
  assert.equal(suspects.recent(NOW).length, 64);
  assert.equal(suspects.judge(literalSubject("10.0.0.1"), WEB), undefined);
});
