import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { literalSubject, type Subject, maskIp, subjectsOverlap } from "../domain/cidr.ts";
import { ipFromBits } from "../domain/ip.ts";
import { createAllowList } from "./allow-list.ts";

function listOf(...texts: readonly string[]) {
  return createAllowList(
    texts.map((text) => ({ subject: literalSubject(text), because: `ignoreip ${text}` })),
  );
}

test("an address is covered by itself and by its networks, a network by any part of it", () => {
  const list = listOf(
    "192.0.2.0/28",
    "198.51.100.7",
    "2001:db8:1::/48",
    "10.0.0.0/8",
    "10.1.0.0/16",
  );
  const table = [
    ["192.0.2.0", "ignoreip 192.0.2.0/28"],
    ["192.0.2.15", "ignoreip 192.0.2.0/28"],
    ["192.0.2.16", undefined],
    ["192.0.1.255", undefined],
    ["198.51.100.7", "ignoreip 198.51.100.7"],
    ["198.51.100.6", undefined],
    ["198.51.100.0/24", "ignoreip 198.51.100.7"],
    ["10.1.2.3", "ignoreip 10.0.0.0/8"],
    ["2001:db8:1:2::/64", "ignoreip 2001:db8:1::/48"],
    ["2001:db8::/32", "ignoreip 2001:db8:1::/48"],
    ["2001:db8:2::1", undefined],
    ["::c000:200", "ignoreip 192.0.2.0/28"],
    ["::c000:210", undefined],
    ["0.0.0.0/0", "ignoreip 198.51.100.7"],
  ] as const;
  for (const [text, because] of table)
    assert.equal(list.covers(literalSubject(text)), because, text);
  assert.equal(list.entries.length, 5);
  assert.equal(listOf().covers(literalSubject("192.0.2.1")), undefined);
});

test("an exempt IPv4 host is also exempt as an IPv6 address of a translator or tunnel", () => {
  const nat64 = [32, 40, 48, 56, 64, 96].map((length) =>
    literalSubject(`2001:db8:${length}::/${length}`),
  );
  const one = (prefix: Subject) =>
    createAllowList([{ subject: literalSubject("203.0.113.50"), because: "monitoring" }], [prefix]);
  // RFC 6052, section 2.2: the address is written around bits 64 to 71.
  const shown = [
    ["2001:db8::/32", "2001:db8:cb00:7132::", "2001:db8:cb00:7133::"],
    ["2001:db8:100::/40", "2001:db8:1cb:71:32::", "2001:db8:1cb:71:33::"],
    ["2001:db8:122::/48", "2001:db8:122:cb00:71:3200::", "2001:db8:122:cb00:71:3300::"],
    ["2001:db8:122:300::/56", "2001:db8:122:3cb:0:7132::", "2001:db8:122:3cb:0:7133::"],
    ["2001:db8:122:344::/64", "2001:db8:122:344:cb:71:3200::", "2001:db8:122:344:cb:71:3300::"],
    ["2001:db8:64::/96", "2001:db8:64::cb00:7132", "2001:db8:64::cb00:7133"],
    ["2001:db8:64::/96", "64:ff9b::cb00:7132", "64:ff9b::cb00:7133"],
    ["2001:db8:64::/96", "64:ff9b:1:cb00:71:3200::", "64:ff9b:1:cb00:71:3300::"],
    ["2001:db8:64::/96", "64:ff9b:1:2::cb00:7132", "64:ff9b:1:2::cb00:7133"],
    ["2001:db8:64::/96", "::203.0.113.50", "::203.0.113.51"],
    ["2001:db8:64::/96", "::ffff:0:203.0.113.50", "::ffff:0:203.0.113.51"],
    ["2001:db8:64::/96", "2002:cb00:7132::1", "2002:cb00:7133::1"],
    ["2001:db8:64::/96", "2002:cb00:7132::/48", "2002:cb00:7133::/48"],
    ["2001:db8:64::/96", "2001:db8:64::/64", "2001:db8:65::/64"],
  ] as const;
  for (const [prefix, exempt, other] of shown) {
    const list = one(literalSubject(prefix));
    assert.equal(list.covers(literalSubject(exempt)), "monitoring", exempt);
    assert.equal(list.covers(literalSubject(other)), undefined, other);
    assert.ok([...list.subjects].some((place) => subjectsOverlap(place, literalSubject(exempt))));
  }
  assert.equal(createAllowList([], nat64).covers(literalSubject("2001:db8:96::1")), undefined);
});

test("the list gives the same result as a comparison with every entry", () => {
  const ipv4 = fc
    .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 20, max: 32 }))
    .map(([bits, prefix]) => maskIp(ipFromBits(BigInt(0xc0000000 + bits), "ipv4"), prefix));
  const ipv6 = fc
    .tuple(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 116, max: 128 }))
    .map(([bits, prefix]) =>
      maskIp(ipFromBits((0x20010db8n << 96n) + BigInt(bits), "ipv6"), prefix),
    );
  const anySubject = fc.oneof(ipv4, ipv6);
  fc.assert(
    fc.property(fc.array(anySubject, { maxLength: 12 }), anySubject, (entries, asked) => {
      const list = createAllowList(entries.map((entry) => ({ subject: entry, because: entry })));
      const because = list.covers(asked);
      const covering = entries.filter((entry) => subjectsOverlap(entry, asked));
      assert.equal(because !== undefined, covering.length > 0);
      if (because !== undefined) assert.ok(covering.some((entry) => entry === because));
    }),
    fuzzRuns(100),
  );
});
