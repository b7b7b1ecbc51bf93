/**
 * Maps an address to the subject that its failures count against: IPv4 by address, IPv6 by prefix.
 *
 * A prefix usually belongs to one customer, except where its addresses belong to unrelated hosts: translated and
 * tunneled IPv4, and the hosts of a link. There a longer prefix counts, whatever is configured.
 */
import { maskIp, type Subject, subjectContains, widthOf } from "./cidr.ts";
import { familyOf, type Ip } from "./ip.ts";

/**
 * Networks in which each address is another host, in canonical spelling: ::/32 with IPv4-compatible (RFC 4291) and
 * IPv4-translated addresses (RFC 2765), NAT64 64:ff9b::/96 and 64:ff9b:1::/48 (RFC 6052, RFC 8215), Teredo 2001::/32,
 * whose /64 are the clients of one server (RFC 4380), and link-local fe80::/10.
 */
const SINGLE_HOSTS = /^(?:::|64:ff9b:|2001:(?::|0:)|fe[89ab][0-9a-f]:)/;

/** 6to4 (RFC 3056): an IPv4 address owns a /48. */
const SIX_TO_FOUR = "2002:";
const SIX_TO_FOUR_PREFIX = 48;

/** Lengths of a NAT64 prefix (RFC 6052, section 2.2). */
export const NAT64_LENGTHS: readonly number[] = [32, 40, 48, 56, 64, 96];

/** Maps an address to its subject. `nat64`: further NAT64 prefixes of this network. */
export function subjectOf(ip: Ip, ipv6Prefix: number, nat64: readonly Subject[] = []): Subject {
  if (familyOf(ip) === "ipv4") return ip;
  if (ip.startsWith(SIX_TO_FOUR)) return maskIp(ip, Math.max(ipv6Prefix, SIX_TO_FOUR_PREFIX));
  const single = SINGLE_HOSTS.test(ip) || nat64.some((prefix) => subjectContains(prefix, ip));
  return maskIp(ip, single ? widthOf("ipv6") : ipv6Prefix);
}
