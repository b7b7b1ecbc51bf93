/** Names and addresses that exist for one trial only. */
import { randomBytes, randomInt } from "node:crypto";
import { type Family, type Ip, parseIp } from "../../domain/ip.ts";

const CANARY_PREFIX = "bailiff-canary-";

/** 100 random bits in small letters and digits: a name that no account has and none can predict. */
export function canaryName(): string {
  const letters = [...randomBytes(20)].map((byte) => ALPHABET.charAt(byte & 31));
  return CANARY_PREFIX + letters.join("");
}

/** RFC 4648's base32, in small letters. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** One of the four million loopback addresses of 127.64.0.0/10 (Linux has all of 127.0.0.0/8), so that no other client has it. */
export function ownLoopback(): Ip {
  return address(`127.${randomInt(64, 128)}.${randomInt(256)}.${randomInt(1, 255)}`);
}

/** An address of the documentation ranges (RFC 5737, RFC 3849), from which no packet on the Internet comes. */
export function reservedAddress(family: Family): Ip {
  if (family === "ipv4") return address(`198.51.100.${randomInt(128, 255)}`);
  const groups = randomBytes(8).toString("hex").match(/.{4}/g) ?? [];
  return address(`2001:db8:ca:${groups.slice(0, 1).join(":")}::${groups.slice(1).join(":")}`);
}

/** The loopback address that every host has. */
export function loopback(family: Family): Ip {
  return address(family === "ipv4" ? "127.0.0.1" : "::1");
}

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`"${text}" is no address`);
  return ip;
}
