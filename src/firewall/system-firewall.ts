import { TABLE_NAME } from "../domain/enforcer.ts";
import { readFirewallUse } from "../host/kernel/firewall-use.ts";
import { keepUsed } from "./iptables.ts";
import type { FirewallPort } from "./firewall-port.ts";
import { lockNetwork } from "./lock-network.ts";
import { chooseHere, openEnforcer } from "./open-enforcer.ts";

/** The enforcers of this machine. */
export const systemFirewall: FirewallPort = {
  ...{ lock: lockNetwork, choose: chooseHere, open: openEnforcer },
  async readUse() {
    const use = await readFirewallUse(TABLE_NAME);
    // A table that has only our chains, or was only listed, filters nothing for the host.
    return {
      ...use,
      iptablesNft: await keepUsed("nft", use.iptablesNft),
      iptablesLegacy: await keepUsed("legacy", use.iptablesLegacy),
    };
  },
};
