/**
 * Classifies an address by where it can be reached from: the machine itself, local networks, or anywhere. Private means
 * never routed on the internet (RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291); all else counts as public. Called
 * for every address of a log, so IPv4 is compared as numbers.
 */
import { literalSubject, type Subject, subjectContains } from "./cidr.ts";
import { type Ip, ipv4ToNumber } from "./ip.ts";

export type AddressScope = "any" | "loopback" | "private" | "public";

/** First and last address as numbers. */
type Range = readonly [number, number];

const LOOPBACK: Range = [ipv4ToNumber("127.0.0.0"), ipv4ToNumber("127.255.255.255")];
const PRIVATE: readonly Range[] = [
  [ipv4ToNumber("10.0.0.0"), ipv4ToNumber("10.255.255.255")],
  [ipv4ToNumber("172.16.0.0"), ipv4ToNumber("172.31.255.255")],
  [ipv4ToNumber("192.168.0.0"), ipv4ToNumber("192.168.255.255")],
  [ipv4ToNumber("100.64.0.0"), ipv4ToNumber("100.127.255.255")],
  [ipv4ToNumber("169.254.0.0"), ipv4ToNumber("169.254.255.255")],
];
const PRIVATE_IPV6: readonly Subject[] = ["fc00::/7", "fe80::/10"].map(literalSubject);

/** Classifies an address. "any": the unspecified address (0.0.0.0 or ::), which a socket binds to for all addresses. */
export function addressScope(ip: Ip): AddressScope {
  if (ip.includes(":")) return scopeOfIpv6(ip);
  const address = ipv4ToNumber(ip);
  if (address === 0) return "any";
  if (isWithin(address, LOOPBACK)) return "loopback";
  return PRIVATE.some((range) => isWithin(address, range)) ? "private" : "public";
}

function scopeOfIpv6(ip: Ip): AddressScope {
  if (ip === "::") return "any";
  if (ip === "::1") return "loopback";
  return PRIVATE_IPV6.some((network) => subjectContains(network, ip)) ? "private" : "public";
}

function isWithin(address: number, [first, last]: Range): boolean {
  return address >= first && address <= last;
}
