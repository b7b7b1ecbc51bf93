/** Encodes set elements for the kernel (enum nft_set_elem_attributes), into one buffer. */
import { familyOf, type Ip, ipToBits, ipv4ToNumber } from "../../domain/ip.ts";
import { DATA_VALUE, ELEMENT, LIST, LIST_ITEM } from "./netlink-elements.ts";

/** Size of struct nlattr, in bytes. */
const HEADER = 4;
/** NLA_F_NESTED: the attribute contains attributes. */
const NESTED = 0x8000;
/** Size of an attribute with a 64-bit value, in bytes. */
const TIMEOUT = HEADER + 8;

/** Returns the list attribute, at most 65,535 bytes. `timeouts`: of each address, in seconds; undefined: none. */
export function encodeElements(
  ips: readonly Ip[],
  timeouts: readonly (number | undefined)[] = [],
): Uint8Array {
  const lengths = ips.map((ip, i) => keyLength(ip) + (timeouts[i] === undefined ? 0 : TIMEOUT));
  // Each element is wrapped in a list item.
  const total = lengths.reduce((sum, length) => sum + HEADER + length, HEADER);
  const elements = Buffer.allocUnsafe(total);
  let at = writeHeader(elements, 0, LIST.elements | NESTED, total);
  for (const [i, ip] of ips.entries()) {
    at = writeHeader(elements, at, LIST_ITEM | NESTED, HEADER + (lengths[i] ?? 0));
    at = writeKey(elements, at, ip);
    const seconds = timeouts[i];
    if (seconds === undefined) continue;
    at = writeHeader(elements, at, ELEMENT.timeout, TIMEOUT);
    at = writeInteger(elements, at, seconds * 1000);
  }
  return elements;
}

/** Returns the length of a key with an address, in bytes. */
function keyLength(ip: Ip): number {
  return 2 * HEADER + (familyOf(ip) === "ipv4" ? 4 : 16);
}

function writeKey(into: Buffer, at: number, ip: Ip): number {
  const length = keyLength(ip);
  const inner = writeHeader(into, at, ELEMENT.key | NESTED, length);
  const value = writeHeader(into, inner, DATA_VALUE, length - HEADER);
  if (familyOf(ip) === "ipv4") return into.writeUInt32BE(ipv4ToNumber(ip), value);
  const bits = ipToBits(ip);
  into.writeBigUInt64BE(bits >> 64n, value);
  return into.writeBigUInt64BE(bits & 0xffff_ffff_ffff_ffffn, value + 8);
}

function writeHeader(into: Buffer, at: number, type: number, length: number): number {
  into.writeUInt16LE(length, at);
  return into.writeUInt16LE(type, at + 2);
}

/** Writes 64 bits in two halves, which avoids a BigInt for each of 100,000 elements. */
function writeInteger(into: Buffer, at: number, value: number): number {
  into.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  return into.writeUInt32BE(value % 2 ** 32, at + 4);
}
