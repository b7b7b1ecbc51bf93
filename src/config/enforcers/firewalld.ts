/** Lists the keys of [enforcers.NAME] with kind = "firewalld", in the form of schema.ts. */

export const FIREWALLD = {
  meaning: "ipsets of firewalld, and rules for them, through firewalld's own interface.",
  keys: {
    verdict: {
      is: "choice",
      of: ["drop", "reject"],
      default: "drop",
      meaning:
        "What happens to packets of a banned address. reject answers them, and needs rules in policies.",
    },
    rules: {
      is: "choice",
      of: ["auto", "direct", "policy"],
      default: "auto",
      meaning:
        "direct: direct rules before connection tracking, which also cut open connections, and need ipset and iptables. policy: rich rules in two policies, which leave open connections alone. auto: direct if these programs are installed and verdict is drop.",
    },
  },
  place: [],
} as const;
