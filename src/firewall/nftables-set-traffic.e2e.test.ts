/** Sends real packets against elements of an administrator's sets, with early rules and with usual ones. */
import assert from "node:assert/strict";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import {
  type AdminTable,
  EARLY_CHAIN,
  makeAdminTable,
  nft,
  openTestSets,
  USUAL_CHAINS,
} from "./nftables-set.fixture.ts";
import { type PacketContract, testPacketContracts } from "./packets.contract.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

function contractOf(
  name: string,
  table: AdminTable,
  more: Partial<PacketContract> = {},
): PacketContract {
  return {
    name,
    open: async () => {
      makeAdminTable(table);
      return openTestSets();
    },
    release: async (enforcer) => {
      await enforcer.close();
      nft("flush ruleset");
    },
    ...more,
  };
}

testPacketContracts([
  contractOf("early rules, with timeouts", {
    sets: "flags interval, timeout; counter;",
    chains: EARLY_CHAIN,
  }),
  contractOf("early rules, without timeouts", { sets: "flags interval;", chains: EARLY_CHAIN }),
  contractOf(
    "usual rules that reject",
    // Without a counter, because packets of open connections do not reach the rule.
    { sets: "flags interval, timeout;", chains: USUAL_CHAINS },
    {
      openConnections: "continue",
      answer: ([from]) => (from.includes(":") ? "EACCES" : "EHOSTUNREACH"),
    },
  ),
]);
