import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Subject, maskIp, parseSubject, subjectsOverlap } from "../domain/cidr.ts";
import { ipFromBits } from "../domain/ip.ts";
import { createAllowList } from "./allow-list.ts";

function subject(text: string): Subject {
  const parsed = parseSubject(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

function listOf(...texts: readonly string[]) {
  return createAllowList(
    texts.map((text) => ({ subject: subject(text), because: `ignoreip ${text}` })),
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
    ["::c000:200", undefined],
    ["0.0.0.0/0", "ignoreip 198.51.100.7"],
  ] as const;
  for (const [text, because] of table) assert.equal(list.covers(subject(text)), because, text);
  assert.equal(list.entries.length, 5);
  assert.equal(listOf().covers(subject("192.0.2.1")), undefined);
});

test("the list agrees with asking every entry", () => {
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
    { numRuns: 5000 },
  );
});
