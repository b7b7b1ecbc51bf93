import { TABLE_NAME } from "../domain/enforcer.ts";
import { readFirewallUse } from "../host/kernel/firewall-use.ts";
import type { FirewallPort } from "./firewall-port.ts";
import { lockNetwork } from "./lock-network.ts";
import { chooseHere, openEnforcer } from "./open-enforcer.ts";

/** The enforcers of this machine. */
export const systemFirewall: FirewallPort = {
  ...{ lock: lockNetwork, choose: chooseHere, open: openEnforcer },
  readUse: () => readFirewallUse(TABLE_NAME),
};
