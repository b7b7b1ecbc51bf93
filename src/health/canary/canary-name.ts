/** Creates user names and addresses that are used for one self-test only. */
import { randomBytes, randomInt } from "node:crypto";
import { type Family, type Ip, parseIp } from "../../domain/ip.ts";

const CANARY_PREFIX = "bailiff-canary-";

/** Returns a name with 100 random bits, which no account has and nobody can predict. */
export function canaryName(): string {
  const letters = [...randomBytes(20)].map((byte) => ALPHABET.charAt(byte & 31));
  return CANARY_PREFIX + letters.join("");
}

/** Base32 of RFC 4648, in lower case. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * Returns a random loopback address in 127.64.0.0/10, which no other client uses. On Linux all of 127.0.0.0/8 is
 * loopback.
 */
export function ownLoopback(): Ip {
  return address(`127.${randomInt(64, 128)}.${randomInt(256)}.${randomInt(1, 255)}`);
}

/** Returns an address of the documentation ranges (RFC 5737, RFC 3849), which no packet from the internet has. */
export function reservedAddress(family: Family): Ip {
  if (family === "ipv4") return address(`198.51.100.${randomInt(128, 255)}`);
  const groups = randomBytes(8).toString("hex").match(/.{4}/g) ?? [];
  return address(`2001:db8:ca:${groups.slice(0, 1).join(":")}::${groups.slice(1).join(":")}`);
}

/** Returns the loopback address that every host has. */
export function loopback(family: Family): Ip {
  return address(family === "ipv4" ? "127.0.0.1" : "::1");
}

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`"${text}" is not a valid address`);
  return ip;
}
