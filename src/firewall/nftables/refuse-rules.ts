/** Formats the rules that answer packets of banned addresses, for `verdict = "reject"`. Pure. */
import type { RejectWith } from "../verdict.ts";

/** The chain to which every match of a banned address goes. It exists only when packets are answered. */
export const REFUSE_CHAIN = "refuse";

/**
 * Maximum number of answers per second, for all banned addresses together; further packets are dropped. Source addresses
 * can be forged, so the answers to a flood would hit others. The kernel limits its own ICMP errors to as many
 * (icmp_msgs_per_sec), but no resets.
 */
export const ANSWERS_PER_SECOND = 1000;

/** The ICMPv4 error and the nearest ICMPv6 error (RFC 4443, section 3.1), by nft's names. */
const ERRORS = {
  "icmp-port-unreachable": ["port-unreachable", "port-unreachable"],
  "icmp-host-unreachable": ["host-unreachable", "addr-unreachable"],
  "icmp-net-unreachable": ["net-unreachable", "no-route"],
  "icmp-host-prohibited": ["host-prohibited", "admin-prohibited"],
  "icmp-net-prohibited": ["net-prohibited", "admin-prohibited"],
  "icmp-admin-prohibited": ["admin-prohibited", "admin-prohibited"],
} as const;

/** Returns the rules in order. Only TCP has resets, so other protocols get an ICMP error. */
export function refuseRules(reason: RejectWith): readonly string[] {
  const isReset = reason === "tcp-reset";
  const [v4, v6] = ERRORS[isReset ? "icmp-port-unreachable" : reason];
  return [
    // Self-tests send packets from addresses for documentation. Answers to these would leave this host.
    'iif "lo" drop',
    // No answer to a broadcast or multicast (RFC 1122, sections 3.2.2 and 4.2.3.10).
    "meta pkttype != host drop",
    `limit rate over ${ANSWERS_PER_SECOND}/second burst ${ANSWERS_PER_SECOND} packets drop`,
    ...(isReset ? ["meta l4proto tcp reject with tcp reset"] : []),
    `meta nfproto ipv4 reject with icmp type ${v4}`,
    `meta nfproto ipv6 reject with icmpv6 type ${v6}`,
  ];
}
