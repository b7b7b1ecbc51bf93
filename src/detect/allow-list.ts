/**
 * Defines the exempt addresses and networks, from any origin. Immutable; re-created when an entry changes. A subject is
 * covered if any part of it is: banning a network that contains one allowed address would ban that address.
 */
import type { Subject } from "../domain/cidr.ts";
import type { Instant } from "../domain/instant.ts";
import { createNetworkRanges } from "../domain/network-ranges.ts";
import { ipv4Behind, translatingNetworks } from "../domain/translated-ipv4.ts";

export interface AllowEntry {
  readonly subject: Subject;
  /** For display: "ignoreip 10.0.0.0/8", "this host's own address", "vpn.example.org". */
  readonly because: string;
  /** When the entry was last confirmed, if it can become outdated. */
  readonly since?: Instant;
}

export interface AllowList {
  /** Returns why the subject is exempt; undefined: it is not. */
  covers(subject: Subject): string | undefined;
  /** Returns whether a single entry allows all of the subject. */
  contains(subject: Subject): boolean;
  readonly entries: readonly AllowEntry[];
  /**
   * Networks that together contain every exempt address: those of the entries, and those into which IPv4 hosts are
   * translated.
   */
  readonly subjects: ReadonlySet<Subject>;
}

/**
 * Creates the list. An exempt IPv4 host is also exempt under the IPv6 address that a translator or a tunnel gives it.
 * `nat64`: further NAT64 prefixes of this network.
 */
export function createAllowList(
  entries: readonly AllowEntry[],
  nat64: readonly Subject[] = [],
): AllowList {
  const ranges = createNetworkRanges(entries);
  const translating = ranges.has("ipv4") ? translatingNetworks(nat64) : [];
  return {
    entries,
    subjects: new Set([...entries.map(({ subject }) => subject), ...translating]),
    covers(subject) {
      const own = ranges.overlapping(subject);
      if (own !== undefined || !subject.includes(":") || !ranges.has("ipv4")) return own?.because;
      for (const hosts of ipv4Behind(subject, nat64)) {
        const translated = ranges.inRange("ipv4", hosts.first, hosts.last);
        if (translated !== undefined) return translated.because;
      }
      return undefined;
    },
    contains: (subject) => ranges.containing(subject) !== undefined,
  };
}
