/** Tests what clients of banned addresses are answered when the iptables enforcer rejects instead of dropping. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { instant } from "../domain/instant.ts";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { add } from "./enforcer.contract.ts";
import { openTestIptables, releaseEnforcer } from "./iptables.fixture.ts";
import {
  DNS,
  INNER_V4,
  INNER_V6,
  openPacketLab,
  type PacketLab,
  ROUTER_V4,
  ROUTER_V6,
  SSH,
  WEB,
} from "./packet-lab.fixture.ts";
import { REJECT_ANSWERS } from "./reject-answers.fixture.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

let lab: PacketLab;
before(async () => {
  lab = await openPacketLab();
});
after(() => lab.close());

/** The kernel sends a few ICMP errors a second to one client, and repeats none that it left out. */
const PATIENCE_MS = 60_000;

for (const variant of ["nft", "legacy"] as const)
  for (const { reason, v4, v6 } of REJECT_ANSWERS)
    test(`iptables-${variant} rejects with ${reason}`, { timeout: 240_000 }, async () => {
      const enforcer = await openTestIptables({
        variant,
        verdict: { kind: "reject", with: reason },
      });
      try {
        const ask = (from: string, to: string, port: number): Promise<string> =>
          lab.connect({ from, to, port }, PATIENCE_MS);
        // A client on the same link that is banned before it resolved our address cannot resolve it, and sees no answer.
        assert.equal(await ask("192.0.2.10", ROUTER_V4, SSH), "connected");
        assert.equal(await ask("2001:db8:1::10", ROUTER_V6, SSH), "connected");
        const blocks = [add("192.0.2.10"), add("2001:db8:1::10")];
        assert.deepEqual(await enforcer.apply(blocks, instant(Date.now())), []);
        assert.equal(await ask("192.0.2.10", ROUTER_V4, SSH), v4);
        assert.equal(await ask("2001:db8:1::10", ROUTER_V6, SSH), v6);
        assert.equal(await ask("192.0.2.10", INNER_V4, WEB), v4);
        assert.equal(await ask("2001:db8:1::10", INNER_V6, WEB), v6);
        assert.equal(await ask("192.0.2.11", ROUTER_V4, SSH), "connected");
        // Datagrams have no reset: the port is unreachable.
        if (reason !== "tcp-reset" && reason !== "icmp-port-unreachable") return;
        assert.equal(await ask("192.0.2.10", ROUTER_V4, DNS), "ECONNREFUSED");
        assert.equal(await ask("2001:db8:1::10", INNER_V6, DNS), "ECONNREFUSED");
      } finally {
        await releaseEnforcer(enforcer);
      }
    });
