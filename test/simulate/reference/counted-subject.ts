import { contains, makeNetwork, type Network, parseNetwork } from "./network.ts";

/**
 * Networks in which each address is a separate host: NAT64, Teredo, IPv4-compatible, link-local. Source:
 * docs/operating.md, IPv6.
 */
const COUNTED_ALONE = ["64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "::/96", "fe80::/10"].map(
  parseNetwork,
);
/** 6to4: "of 6to4 at most the /48 of one IPv4 address is banned". Source: docs/operating.md, IPv6. */
const SIX_TO_FOUR = parseNetwork("2002::/16");
const SITE_PREFIX = 64;

/** Returns the subject that a failure of `ip` counts against. Source: docs/operating.md, IPv6. */
export function countedSubject(
  ip: Network,
  ipv6Prefix: number,
  containsExempt: (network: Network) => boolean,
): Network {
  if (ip.family === 4 || COUNTED_ALONE.some((network) => contains(network, ip))) return ip;
  const prefix = contains(SIX_TO_FOUR, ip) ? Math.max(ipv6Prefix, 48) : ipv6Prefix;
  for (const length of new Set([prefix, Math.max(prefix, SITE_PREFIX)])) {
    const network = makeNetwork(6, ip.first, length);
    if (!containsExempt(network)) return network;
  }
  return ip;
}
