/** Lists addresses that can never be banned: those of this host, and those that cannot be a peer's. */
import { literalSubject } from "../domain/cidr.ts";
import type { AllowEntry } from "./allow-list.ts";

/** Sources: RFC 1122, section 3.2.1.3 (IPv4); RFC 4291, sections 2.5.2, 2.5.3 and 2.7 (IPv6). */
const RANGES: readonly (readonly [string, string])[] = [
  ["127.0.0.0/8", "an address of this host"],
  ["::1", "an address of this host"],
  ["0.0.0.0/8", "it cannot be a peer (unspecified)"],
  ["::", "it cannot be a peer (unspecified)"],
  ["224.0.0.0/4", "it cannot be a peer (multicast)"],
  ["ff00::/8", "it cannot be a peer (multicast)"],
  ["255.255.255.255", "it cannot be a peer (broadcast)"],
];

export const ALWAYS_EXEMPT: readonly AllowEntry[] = RANGES.map(([text, because]) => ({
  subject: literalSubject(text),
  because,
}));
