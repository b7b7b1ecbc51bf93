/** Lists the keys of [enforcers.NAME] with kind = "iptables", in the form of schema.ts. */
import { VERDICT_KEYS } from "./verdict-keys.ts";

const OWN_KEYS = {
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
  chains: {
    is: "chain-list",
    default: ["INPUT", "FORWARD", "DOCKER-USER"],
    meaning:
      "Chains of the table filter that jump to bailiff's chain first. One that does not exist is covered as soon as it does.",
  },
} as const;

export const IPTABLES: {
  readonly meaning: string;
  readonly keys: typeof OWN_KEYS & typeof VERDICT_KEYS;
  readonly place: readonly string[];
} = {
  meaning:
    "A chain of bailiff's own in iptables and ip6tables, with ipsets for the banned addresses.",
  keys: { ...OWN_KEYS, ...VERDICT_KEYS },
  place: [],
};
