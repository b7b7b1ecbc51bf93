import type { FirewallUse } from "../domain/firewall-use.ts";

/** A host on which nf_tables works and nothing else filters packets. */
export const PLAIN_HOST: FirewallUse = {
  nftables: { usable: true },
  ...{ tables: [], iptablesNft: [], iptablesLegacy: [] },
  ...{ hasIptables: false, firewalld: false, ufw: false, docker: false },
};
