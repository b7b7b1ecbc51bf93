/** Tests the iptables enforcer against a real kernel, in a separate network: both variants, with and without ipset. */
import assert from "node:assert/strict";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { testEnforcerContract } from "./enforcer.contract.ts";
import { IPTABLES_KINDS, openTestIptables, releaseEnforcer } from "./iptables.fixture.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

for (const { name, options } of IPTABLES_KINDS) {
  testEnforcerContract(name, async (isAllowed) => {
    const enforcer = await openTestIptables({ ...options, isAllowed });
    return { enforcer, release: () => releaseEnforcer(enforcer) };
  });
}
