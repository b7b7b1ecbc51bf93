/** Lists the keys of [enforcers.NAME] with kind = "nftables-set", in the form of schema.ts. */

export const NFTABLES_SET = {
  meaning:
    "Sets in a table of nftables that you made, with rules that you wrote: bailiff only adds and removes elements.",
  keys: {
    table: {
      is: "nft-table",
      required: "inet filter",
      meaning: "The table of the sets.",
    },
    set_ipv4: {
      is: "nft-set",
      otherwise: "bans of IPv4 addresses stay pending",
      meaning:
        "The set for IPv4, of type ipv4_addr. Without `flags interval` no networks can be banned, without `flags timeout` bans end only while the daemon runs.",
    },
    set_ipv6: {
      is: "nft-set",
      otherwise: "bans of IPv6 addresses stay pending",
      meaning:
        "The set for IPv6, of type ipv6_addr. It needs `flags interval`, because IPv6 is banned by network unless ipv6_prefix is 128.",
    },
  },
  place: ["table", "set_ipv4", "set_ipv6"],
} as const;
