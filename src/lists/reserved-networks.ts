/**
 * Networks that no list may block: they never reach this host from the internet, or one of their addresses stands for
 * another host. Networks for documentation are missing, because nobody has them and examples use them.
 */
import { literalSubject, type Subject } from "../domain/cidr.ts";

/** Sources: the IANA registries of special-purpose addresses (RFC 6890), RFC 1112 (multicast, 240.0.0.0/4). */
export const RESERVED_NETWORKS: readonly Subject[] = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4"],
  // ::/8 has the loopback address, and NAT64 in 64:ff9b::/32; 2001::/32 is Teredo, 2002::/16 is 6to4.
  ...[
    "240.0.0.0/4",
    "::/8",
    "100::/64",
    "2001::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
  ],
].map(literalSubject);
