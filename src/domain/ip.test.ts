import assert from "node:assert/strict";
import { isIP } from "node:net";
import test from "node:test";
import fc from "fast-check";
import { fuzzRuns } from "../../test/fuzz-rounds.ts";
import { type Family, familyOf, ipFromBits, ipToBits, parseIp } from "./ip.ts";

const CANONICAL: readonly (readonly [string, string])[] = [
  ["192.0.2.1", "192.0.2.1"],
  ["0.0.0.0", "0.0.0.0"],
  ["255.255.255.255", "255.255.255.255"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:0db8::0001", "2001:db8::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["fe80::1%eth0", "fe80::1"],
  ["fe80::1%br-lan.100", "fe80::1"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["::FFFF:c000:207", "192.0.2.7"],
  ["0:0:0:0:0:ffff:192.0.2.7", "192.0.2.7"],
  ["::192.0.2.7", "::c000:207"],
  ["64:ff9b::192.0.2.7", "64:ff9b::c000:207"],
];

const NO_ADDRESS: readonly string[] = [
  "",
  "1",
  "1.2.3",
  "1.2.3.256",
  "1.2.3.4.5",
  "01.2.3.4",
  "0177.0.0.1",
  "0x7f.0.0.1",
  "1.2.3.4 ",
  " 1.2.3.4",
  "1.2.3.4:80",
  "1.2.3.4%eth0",
  "1..2.3",
  ".1.2.3",
  "1.2.3.",
  "１.2.3.4",
  ":",
  ":::",
  "1::2::3",
  "12345::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "g::1",
  "[::1]",
  "::1%",
  "::1%eth0 from 192.0.2.9",
  "::1%averyverylongname",
  "::1.2.3.256",
  "::1.2.3.04",
  "1.2.3.4::",
  "1:1.2.3.4::2",
  "::1.2.3.4:5",
  "example.org",
];

const ipv4Text = fc.ipV4();
const ipv6Text = fc.ipV6();

test("an address has one canonical spelling", () => {
  for (const [text, canonical] of CANONICAL) assert.equal(parseIp(text), canonical, text);
});

test("text that is not exactly an address is refused, never guessed", () => {
  for (const text of NO_ADDRESS) assert.equal(parseIp(text), undefined, text);
});

test("every address the platform accepts is accepted, and parsing again changes nothing", () => {
  fc.assert(
    fc.property(fc.oneof(ipv4Text, ipv6Text), (text) => {
      const ip = parseIp(text);
      assert.ok(ip !== undefined, text);
      assert.equal(parseIp(ip), ip);
    }),
    fuzzRuns(100),
  );
});

test("text similar to an address is accepted exactly when the platform accepts it", () => {
  const near = fc.string({ unit: fc.constantFrom(..."0123459afF:.:.%/ "), maxLength: 24 });
  const broken = fc
    .tuple(fc.oneof(ipv4Text, ipv6Text), fc.nat(40), fc.constantFrom(":", ".", "0", "::", "g"))
    .map(([text, at, inserted]) => text.slice(0, at) + inserted + text.slice(at));
  fc.assert(
    fc.property(fc.oneof(near, broken), (text) => {
      fc.pre(!text.includes("%"));
      assert.equal(parseIp(text) !== undefined, isIP(text) !== 0, text);
    }),
    fuzzRuns(200),
  );
});

test("numbers and addresses convert both ways", () => {
  const cases: readonly (readonly [Family, bigint])[] = [
    ["ipv4", 2n ** 32n - 1n],
    ["ipv6", 2n ** 128n - 1n],
  ];
  for (const [family, max] of cases) {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max }), (bits) => {
        // A mapped address is IPv4 by definition, so it has no IPv6 spelling to convert back to.
        fc.pre(family === "ipv4" || bits >> 32n !== 0xffffn);
        const ip = ipFromBits(bits, family);
        assert.equal(familyOf(ip), family);
        assert.equal(ipToBits(ip), bits);
        assert.equal(parseIp(ip), ip);
      }),
      fuzzRuns(100),
    );
  }
});
