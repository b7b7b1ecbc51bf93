/** Sends real packets against blocks of the nftables enforcer. */
import assert from "node:assert/strict";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { openNftables } from "./nftables.ts";
import { type PacketContract, testPacketContracts } from "./packets.contract.ts";
import { REJECT_ANSWERS } from "./reject-answers.fixture.ts";
import type { Verdict } from "./verdict.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

function contractOf(
  name: string,
  verdict: Verdict,
  answer?: PacketContract["answer"],
): PacketContract {
  return {
    name,
    async open() {
      const options = { ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} };
      const opened = await openNftables({ ...options, verdict });
      assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
      return opened.value;
    },
    async release(enforcer) {
      await enforcer.removeAll();
      await enforcer.close();
    },
    ...(answer === undefined ? {} : { answer }),
  };
}

testPacketContracts([
  contractOf("nftables", { kind: "drop" }),
  ...REJECT_ANSWERS.filter(({ reason }) => /reset|admin/.test(reason)).map(({ reason, v4, v6 }) =>
    contractOf(`nftables with ${reason}`, { kind: "reject", with: reason }, ([from]) =>
      from.includes(":") ? v6 : v4,
    ),
  ),
]);
