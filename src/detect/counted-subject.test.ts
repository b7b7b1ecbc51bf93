import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { parseSubject } from "../domain/cidr.ts";
import { ipFromBits, parseIp } from "../domain/ip.ts";
import { createAllowList } from "./allow-list.ts";
import { ALWAYS_EXEMPT } from "./always-exempt.ts";
import { countedSubject } from "./counted-subject.ts";

function listOf(...texts: readonly string[]) {
  const entries = texts.flatMap((text) => parseSubject(text) ?? []);
  return createAllowList([
    ...ALWAYS_EXEMPT,
    ...entries.map((subject) => ({ subject, because: `ignoreip ${subject}` })),
  ]);
}

function counted(text: string, prefix: number, ...exempt: readonly string[]): string {
  const ip = parseIp(text);
  assert.ok(ip !== undefined);
  return countedSubject(ip, { ipv6_prefix: prefix, nat64_prefixes: [] }, listOf(...exempt));
}

test("a prefix that contains an exempt address is narrowed to a part without it", () => {
  const table = [
    ["2001:db8:77::66", 64, [], "2001:db8:77::/64"],
    ["2001:db8:77::66", 64, ["2001:db8:77::1"], "2001:db8:77::66"],
    ["2001:db8:77::66", 64, ["2001:db8:77:0:1::/80"], "2001:db8:77::66"],
    ["2001:db8:77::66", 64, ["2001:db8:78::1"], "2001:db8:77::/64"],
    ["2001:db8:77:5::66", 48, ["2001:db8:77::1"], "2001:db8:77:5::/64"],
    ["2001:db8:77::66", 48, ["2001:db8:77::1"], "2001:db8:77::66"],
    ["2001:db8:77::66", 112, ["2001:db8:77::1"], "2001:db8:77::66"],
    // The whole prefix is exempt: the address is counted, and ignored at the ban.
    ["2001:db8:77::66", 64, ["2001:db8::/32"], "2001:db8:77::66"],
    ["203.0.113.5", 64, ["203.0.113.0/24"], "203.0.113.5"],
  ] as const;
  for (const [ip, prefix, exempt, wanted] of table)
    assert.equal(counted(ip, prefix, ...exempt), wanted, `${ip} beside ${exempt.join()}`);
});

test("the counted subject contains the offender and no other exempt address", () => {
  const anIp = fc
    .bigInt({ min: 0n, max: 0xffffffn })
    .map((bits) =>
      ipFromBits((0x20010db8n << 96n) | ((bits >> 8n) << 56n) | (bits & 255n), "ipv6"),
    );
  fc.assert(
    fc.property(
      anIp,
      fc.array(anIp, { maxLength: 6 }),
      fc.integer({ min: 32, max: 128 }),
      (ip, exempt, prefix) => {
        const allowed = listOf(...exempt);
        const policy = { ipv6_prefix: prefix, nat64_prefixes: [] };
        const subject = countedSubject(ip, policy, allowed);
        assert.ok(createAllowList([{ subject, because: "" }]).contains(ip));
        assert.ok(subject === ip || allowed.covers(subject) === undefined);
      },
    ),
    fuzzRuns(100),
  );
});

test("special-purpose addresses are exempt, alone and within a network", () => {
  const list = listOf();
  for (const text of [
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "ff02::1",
    "ff0e::/16",
    "192.0.0.0/2",
    "64:ff9b::255.255.255.255",
  ]) {
    const subject = parseSubject(text);
    assert.ok(subject !== undefined);
    assert.match(list.covers(subject) ?? "", /^no client has such an address/, text);
  }
  for (const text of ["223.255.255.255", "240.0.0.1", "fe80::1", "1.0.0.0"]) {
    const subject = parseSubject(text);
    assert.ok(subject !== undefined);
    assert.equal(list.covers(subject), undefined, text);
  }
});

test("an exempt IPv4 host is exempt where a NAT64 translator shows it", () => {
  assert.equal(counted("64:ff9b::203.0.113.77", 64), "64:ff9b::cb00:714d");
  const list = listOf("203.0.113.77", "198.51.100.0/24");
  for (const text of ["64:ff9b::203.0.113.77", "64:ff9b::198.51.100.9", "64:ff9b::/96"]) {
    const subject = parseSubject(text);
    assert.ok(subject !== undefined);
    assert.notEqual(list.covers(subject), undefined, text);
  }
  const other = parseSubject("64:ff9b::203.0.113.78");
  assert.ok(other !== undefined);
  assert.equal(list.covers(other), undefined);
});
