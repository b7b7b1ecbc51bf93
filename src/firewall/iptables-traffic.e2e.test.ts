/** Sends real packets against blocks of the iptables enforcer, in each variant, with and without ipset. */
import assert from "node:assert/strict";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { IPTABLES_KINDS, openTestIptables, releaseEnforcer } from "./iptables.fixture.ts";
import { testPacketContracts } from "./packets.contract.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

testPacketContracts(
  IPTABLES_KINDS.map(({ name, options }) => ({
    name,
    open: () => openTestIptables(options),
    release: releaseEnforcer,
  })),
);
