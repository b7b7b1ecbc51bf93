/**
 * Finds the IPv4 hosts behind an IPv6 subject: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), IPv4-compatible (RFC 4291)
 * and IPv4-translated addresses (RFC 2765).
 */
import {
  literalSubject,
  splitSubject,
  type Subject,
  subjectRange,
  subjectsOverlap,
} from "./cidr.ts";

export interface Ipv4Range {
  readonly first: bigint;
  readonly last: bigint;
}

/** Extracts the 32 bits of the IPv4 address, given the 128 bits of an address and the length of its prefix. */
type Extract = (bits: bigint, prefix: number) => bigint;

const WHOLE: Ipv4Range = { first: 0n, last: 0xffff_ffffn };

/** For an IPv4 address that directly follows the prefix. */
const afterPrefix: Extract = (bits, prefix) => (bits >> BigInt(96 - prefix)) & 0xffff_ffffn;

/** For an IPv4 address that follows the prefix but skips bits 64 to 71 (RFC 6052, section 2.2). */
const aroundOctet: Extract = (bits, prefix) => {
  if (prefix > 64) return afterPrefix(bits, prefix);
  const before = BigInt(64 - prefix);
  const after = 32n - before;
  const high = (bits >> 64n) & ((1n << before) - 1n);
  return (high << after) | ((bits >> (56n - after)) & ((1n << after) - 1n));
};

/** For 64:ff9b:1::/48, whose operator chooses the prefix length (RFC 8215): zeros after the IPv4 address show it. */
const ofLocalPrefix: Extract = (bits) => {
  const used = [48, 56, 64].find((prefix) => bits % (1n << BigInt(88 - prefix)) === 0n);
  return aroundOctet(bits, used ?? 96);
};

interface Translator {
  readonly prefix: Subject;
  readonly extract: Extract;
}

const TRANSLATORS: readonly Translator[] = [
  { prefix: literalSubject("64:ff9b::/96"), extract: afterPrefix },
  { prefix: literalSubject("64:ff9b:1::/48"), extract: ofLocalPrefix },
  { prefix: literalSubject("2002::/16"), extract: afterPrefix },
  { prefix: literalSubject("::/96"), extract: afterPrefix },
  { prefix: literalSubject("::ffff:0:0:0/96"), extract: afterPrefix },
];

/** Returns all prefixes whose addresses contain IPv4 addresses. `nat64`: further NAT64 prefixes of this network. */
export function translatingNetworks(nat64: readonly Subject[]): readonly Subject[] {
  return [...nat64, ...TRANSLATORS.map(({ prefix }) => prefix)];
}

/**
 * Returns the IPv4 addresses that a subject represents, as ranges. `nat64`: further NAT64 prefixes of this network. A
 * subject with more than one host may represent many addresses.
 */
export function ipv4Behind(subject: Subject, nat64: readonly Subject[]): readonly Ipv4Range[] {
  const { family, prefix: length } = splitSubject(subject);
  if (family === "ipv4") return [];
  const own = nat64.map((prefix) => ({ prefix, extract: aroundOctet }));
  const { first, last } = subjectRange(subject);
  return [...own, ...TRANSLATORS].flatMap(({ prefix, extract }): readonly Ipv4Range[] => {
    if (!subjectsOverlap(prefix, subject)) return [];
    const { prefix: prefixLength } = splitSubject(prefix);
    // Only the operator of a local prefix knows its length, so a network in it may represent all of IPv4.
    if (length <= prefixLength || (extract === ofLocalPrefix && length < 128)) return [WHOLE];
    return [{ first: extract(first, prefixLength), last: extract(last, prefixLength) }];
  });
}
