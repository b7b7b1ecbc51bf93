/** Sends real packets against blocks of the nftables enforcer. */
import assert from "node:assert/strict";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { openNftables } from "./nftables.ts";
import { testPacketContracts } from "./packets.contract.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

testPacketContracts([
  {
    name: "nftables",
    async open() {
      const options = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };
      const opened = await openNftables(options);
      assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
      return opened.value;
    },
    async release(enforcer) {
      await enforcer.removeAll();
      await enforcer.close();
    },
  },
]);
