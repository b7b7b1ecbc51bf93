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

/** Where the 32 bits of the IPv4 address are, of the 128, given an address and the length of the prefix. */
type Extract = (bits: bigint, prefix: number) => bigint;

const WHOLE: Ipv4Range = { first: 0n, last: 0xffff_ffffn };

/** Directly after the prefix. */
const afterPrefix: Extract = (bits, prefix) => (bits >> BigInt(96 - prefix)) & 0xffff_ffffn;

/** After the prefix, without bits 64 to 71 (RFC 6052, section 2.2). */
const aroundOctet: Extract = (bits, prefix) => {
  if (prefix > 64) return afterPrefix(bits, prefix);
  const before = BigInt(64 - prefix);
  const after = 32n - before;
  const high = (bits >> 64n) & ((1n << before) - 1n);
  return (high << after) | ((bits >> (56n - after)) & ((1n << after) - 1n));
};

/** The operator chose the length (RFC 8215): what follows the IPv4 address is zero. */
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

/** `nat64`: prefixes of translators of this network. A subject that contains several hosts may represent many. */
export function translatingNetworks(nat64: readonly Subject[]): readonly Subject[] {
  return [...nat64, ...TRANSLATORS.map(({ prefix }) => prefix)];
}

/** `nat64`: prefixes of translators of this network. A subject that holds more than one host may stand for many. */
export function ipv4Behind(subject: Subject, nat64: readonly Subject[]): readonly Ipv4Range[] {
  const { family, prefix: length } = splitSubject(subject);
  if (family === "ipv4") return [];
  const own = nat64.map((prefix) => ({ prefix, extract: aroundOctet }));
  const { first, last } = subjectRange(subject);
  return [...own, ...TRANSLATORS].flatMap(({ prefix, extract }): readonly Ipv4Range[] => {
    if (!subjectsOverlap(prefix, subject)) return [];
    const { prefix: prefixLength } = splitSubject(prefix);
    // Only its operator knows how a local prefix translates a network.
    if (length <= prefixLength || (extract === ofLocalPrefix && length < 128)) return [WHOLE];
    return [{ first: extract(first, prefixLength), last: extract(last, prefixLength) }];
  });
}
