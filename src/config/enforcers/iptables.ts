/** Lists the keys of [enforcers.NAME] with kind = "iptables", in the form of schema.ts. */

export const IPTABLES = {
  meaning:
    "A chain of bailiff's own in iptables and ip6tables, with ipsets for the banned addresses.",
  keys: {
    variant: {
      is: "choice",
      of: ["auto", "nft", "legacy"],
      default: "auto",
      meaning:
        "Which iptables: the one that writes nf_tables, or the older one. auto: the one that holds rules; if both do or neither, that of the command `iptables`.",
    },
    ipset: {
      is: "switch",
      default: true,
      meaning:
        "Whether the addresses are in ipsets. Otherwise each ban is a rule: at most 500 bans, and they end only while the daemon runs.",
    },
    verdict: {
      is: "choice",
      of: ["drop", "reject"],
      default: "drop",
      meaning: "What happens to packets of banned addresses.",
    },
    reject_with: {
      is: "choice",
      of: [
        "icmp-port-unreachable",
        "icmp-host-unreachable",
        "icmp-net-unreachable",
        "icmp-host-prohibited",
        "icmp-net-prohibited",
        "icmp-admin-prohibited",
        "tcp-reset",
      ],
      default: "icmp-port-unreachable",
      meaning:
        "How packets are rejected; over IPv6 with the nearest ICMPv6 error. tcp-reset: other protocols than TCP get icmp-port-unreachable.",
    },
    chains: {
      is: "chain-list",
      default: ["INPUT", "FORWARD", "DOCKER-USER"],
      meaning:
        "Chains of the table filter that jump to bailiff's chain first. One that does not exist is covered as soon as it does.",
    },
  },
  place: [],
} as const;
