import assert from "node:assert/strict";
import test from "node:test";
import { type Ip, parseIp } from "../../domain/ip.ts";
import { formatPacket } from "./send-test-packet.ts";

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

/** The one's complement sum of RFC 1071: 0xffff over data that includes a correct checksum. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += bytes.readUInt16BE(i);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

function pseudo(addresses: Buffer, protocol: number, length: number): Buffer {
  return Buffer.concat([addresses, Buffer.from([0, protocol, 0, length])]);
}

test("a TCP packet is a reset whose checksums are right", () => {
  const bytes = formatPacket({
    from: ip("198.51.100.7"),
    to: ip("127.0.0.1"),
    port: { protocol: "tcp", number: 22 },
  });
  assert.equal(bytes.length, 40);
  assert.equal(bytes.readUInt16BE(2), 40);
  assert.equal(sum(bytes.subarray(0, 20)), 0xffff);
  assert.deepEqual([...bytes.subarray(12, 20)], [198, 51, 100, 7, 127, 0, 0, 1]);
  assert.equal(bytes.readUInt16BE(22), 22);
  assert.equal(bytes.readUInt8(33), 0x04, "RST and nothing else");
  const segment = bytes.subarray(20);
  assert.equal(sum(Buffer.concat([pseudo(bytes.subarray(12, 20), 6, 20), segment])), 0xffff);
});

test("a UDP packet has a wrong checksum, and never a zero one", () => {
  for (let last = 1; last < 255; last++) {
    const bytes = formatPacket({
      from: ip(`2001:db8::${last}`),
      to: ip("::1"),
      port: { protocol: "udp", number: 53 },
    });
    assert.equal(bytes.length, 48);
    assert.equal(bytes.readUInt8(0), 0x60);
    assert.equal(bytes.readUInt16BE(4), 8);
    const datagram = bytes.subarray(40);
    assert.notEqual(datagram.readUInt16BE(6), 0, "0 means that there is no checksum");
    const whole = Buffer.concat([pseudo(bytes.subarray(8, 40), 17, 8), datagram]);
    assert.notEqual(sum(whole), 0xffff);
  }
});
