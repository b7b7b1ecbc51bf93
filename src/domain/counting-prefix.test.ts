import assert from "node:assert/strict";
import test from "node:test";
import { parseSubject } from "./cidr.ts";
import { subjectOf } from "./counting-prefix.ts";
import { parseIp } from "./ip.ts";

function subject(text: string, prefix: number, nat64: readonly string[] = []): string {
  const ip = parseIp(text);
  assert.ok(ip !== undefined, text);
  return subjectOf(
    ip,
    prefix,
    nat64.flatMap((one) => parseSubject(one) ?? []),
  );
}

test("a failure counts against an IPv4 address, or against an IPv6 prefix", () => {
  assert.equal(subject("192.0.2.7", 64), "192.0.2.7");
  assert.equal(subject("2001:db8:0:1:dead::1", 64), "2001:db8:0:1::/64");
  assert.equal(subject("2001:db8:0:1:dead::1", 48), "2001:db8::/48");
  assert.equal(subject("2001:db8::1", 128), "2001:db8::1");
});

test("in ranges where each address is a separate host, the address counts instead of the prefix", () => {
  const hosts = [
    "64:ff9b::203.0.113.77",
    "64:ff9b:1:fffe::203.0.113.77",
    "::203.0.113.77",
    "::ffff:0:203.0.113.77",
    // Teredo: the clients of a server share the /64.
    "2001:0:cb00:7101:0:fff5:3fff:fdf8",
    "2001::4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1",
    "febf:ffff::7",
  ];
  for (const host of hosts) {
    const ip = parseIp(host);
    for (const prefix of [32, 48, 64, 128]) assert.equal(subject(host, prefix), ip, host);
  }
});

test("a 6to4 site is the /48 of its IPv4 address, and never more than that", () => {
  assert.equal(subject("2002:cb00:714d:1::9", 64), "2002:cb00:714d:1::/64");
  assert.equal(subject("2002:cb00:714d:1::9", 32), "2002:cb00:714d::/48");
});

test("addresses beside those ranges are counted by the prefix", () => {
  const table = [
    ["64:ff9c::1", "64:ff9c::/64"],
    ["2001:1:0:1::1", "2001:1:0:1::/64"],
    ["2003:cb00:714d:1::9", "2003:cb00:714d:1::/64"],
    ["fec0::1", "fec0::/64"],
    ["fd00:64:ff9b::1", "fd00:64:ff9b::/64"],
  ] as const;
  for (const [ip, wanted] of table) assert.equal(subject(ip, 64), wanted);
});

test("a NAT64 prefix of this network is one of those ranges", () => {
  const nat64 = ["2001:db8:64::/96", "2001:db8:6400::/40"];
  assert.equal(subject("2001:db8:64::203.0.113.77", 64, nat64), "2001:db8:64::cb00:714d");
  assert.equal(subject("2001:db8:64cb:71:4d::", 64, nat64), "2001:db8:64cb:71:4d::");
  assert.equal(subject("2001:db8:65::1", 64, nat64), "2001:db8:65::/64");
});
