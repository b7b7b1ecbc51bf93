/** Lists addresses that can never be banned: those of this host, and those that no client has. */
import { literalSubject } from "../domain/cidr.ts";
import type { AllowEntry } from "./allow-list.ts";

/** Sources: RFC 1122, section 3.2.1.3 (IPv4); RFC 4291, sections 2.5.2, 2.5.3 and 2.7 (IPv6). */
const RANGES: readonly (readonly [string, string])[] = [
  ["127.0.0.0/8", "loopback, always this host"],
  ["::1", "loopback, always this host"],
  ["0.0.0.0/8", "no client has such an address (unspecified)"],
  ["::", "no client has such an address (unspecified)"],
  ["224.0.0.0/4", "no client has such an address (multicast)"],
  ["ff00::/8", "no client has such an address (multicast)"],
  ["255.255.255.255", "no client has such an address (broadcast)"],
];

export const ALWAYS_EXEMPT: readonly AllowEntry[] = RANGES.map(([text, because]) => ({
  subject: literalSubject(text),
  because,
}));
