import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { literalSubject } from "../../domain/cidr.ts";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { Mmdb, MmdbError } from "./mmdb.ts";
import { decodeValue, DecodeError } from "./mmdb/decode-value.ts";
import { type MmdbPlan, writeMmdb } from "./mmdb.fixture.ts";

function ip(text: string): Ip {
  return parseIp(text) ?? assert.fail(text);
}

function open(bytes: Buffer): Mmdb {
  return new Mmdb((at, length) => bytes.subarray(at, at + length), bytes.length);
}

const LONG = "x".repeat(700);
const ENTRIES: MmdbPlan["entries"] = [
  [literalSubject("192.0.2.0/24"), { country: { iso_code: "DE" }, long: LONG, is: true }],
  [literalSubject("198.51.100.7"), { asn: 64_496 }],
];
const IPV6: MmdbPlan["entries"] = [[literalSubject("2001:db8::/32"), "six"]];

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

for (const recordSize of [24, 28, 32] as const)
  test(`networks are found in a file with records of ${recordSize} bits`, () => {
    const six = open(writeMmdb({ entries: [...ENTRIES, ...IPV6], recordSize, version: 6 }));
    const four = open(writeMmdb({ entries: ENTRIES, recordSize, version: 4 }));
    for (const mmdb of [six, four]) {
      const first = { country: { iso_code: "DE" }, long: LONG, is: true };
      assert.deepEqual(plain(mmdb.find(ip("192.0.2.0"))), first);
      assert.deepEqual(plain(mmdb.find(ip("192.0.2.255"))), first);
      assert.deepEqual(plain(mmdb.find(ip("198.51.100.7"))), { asn: 64_496 });
      for (const other of ["192.0.3.0", "198.51.100.8", "203.0.113.1", "2001:db9::1"])
        assert.equal(mmdb.find(ip(other)), undefined, other);
    }
    assert.equal(six.find(ip("2001:db8:1::7")), "six");
    assert.equal(four.find(ip("2001:db8:1::7")), undefined);
  });

test("values are read in the format's forms", () => {
  const read = (...bytes: readonly number[]): unknown =>
    plain(decodeValue((at, length) => Buffer.from(bytes).subarray(at, at + length), 0));
  assert.equal(read(0x42, 0x44, 0x45), "DE");
  assert.equal(read(0xa2, 0x01, 0x00), 256);
  assert.equal(read(0xa0), 0);
  assert.deepEqual(read(0x02, 0x04, 0x41, 0x61, 0xa1, 0x05), ["a", 5]);
  // A pointer to the text behind it.
  assert.equal(read(0x20, 0x02, 0x41, 0x61), "a");
  assert.deepEqual(read(0xe1, 0x20, 0x05, 0xa1, 0x07, 0x41, 0x6b), { k: 7 });
});

test("a hostile value ends with an error: loops, depth, length, cut values, odd keys", () => {
  const refuse = (...bytes: readonly number[]): void =>
    assert.throws(
      () => decodeValue((at, length) => Buffer.from(bytes).subarray(at, at + length), 0),
      DecodeError,
    );
  // A pointer to itself; a map that contains itself; a list of many of itself.
  refuse(0x20, 0x00);
  refuse(0xe1, 0x41, 0x61, 0x20, 0x00);
  refuse(0x1e, 0x04, 0xff, 0xff, 0x20, 0x00);
  refuse(0x5f, 0xff, 0xff, 0xff);
  refuse(0x45, 0x61);
  refuse(0xe1, 0xa1, 0x01, 0x41, 0x61);
  refuse();
});

test("a damaged file is refused or gives a value, and nothing else", () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from("no database"), Buffer.alloc(200_000, 0xab)])
    assert.throws(() => open(bytes), MmdbError);
  const whole = writeMmdb({ entries: [...ENTRIES, ...IPV6], recordSize: 28, version: 6 });
  const change = fc.record({
    at: fc.nat({ max: whole.length - 1 }),
    byte: fc.nat({ max: 255 }),
    cut: fc.nat({ max: whole.length }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.boolean(), (all, isCut) => {
      const bytes = Buffer.from(whole);
      for (const { at, byte } of all) bytes[at] = byte;
      try {
        const mmdb = open(isCut ? bytes.subarray(all[0]?.cut) : bytes);
        for (const one of ["192.0.2.1", "198.51.100.7", "2001:db8::1"]) mmdb.find(ip(one));
      } catch (error) {
        assert.ok(error instanceof MmdbError || error instanceof DecodeError, String(error));
      }
    }),
  );
});
