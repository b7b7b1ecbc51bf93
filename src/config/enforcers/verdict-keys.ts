/** Lists the keys of enforcers that drop packets or answer them, in the form of schema.ts. */

export const VERDICT_KEYS = {
  verdict: {
    is: "choice",
    of: ["drop", "reject"],
    default: "drop",
    meaning: "What happens to packets of banned addresses.",
  },
  reject_with: {
    needs: { keys: ["verdict"], value: "reject" },
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
} as const;
