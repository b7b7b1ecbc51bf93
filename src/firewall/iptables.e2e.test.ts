/** Tests the iptables enforcer against a real kernel, in a separate network: both variants, with and without ipset. */
import assert from "node:assert/strict";
import { enterOwnNetwork } from "../host/kernel/own-network.fixture.ts";
import { testEnforcerContract } from "./enforcer.contract.ts";
import { type Iptables, type IptablesOptions, openIptables } from "./iptables.ts";

const entered = await enterOwnNetwork();
assert.ok(entered.ok, entered.ok ? "" : entered.error);

const KINDS = (["nft", "legacy"] as const).flatMap((variant) =>
  [true, false].map((ipset) => ({
    name: `iptables-${variant}${ipset ? " with ipset" : ""}`,
    options: { variant, ipset } as const,
  })),
);

for (const { name, options } of KINDS) {
  testEnforcerContract(name, async (isAllowed) => {
    const enforcer = await open({ ...options, isAllowed });
    return { enforcer, release: () => release(enforcer) };
  });
}

async function open(overrides: Partial<IptablesOptions>): Promise<Iptables> {
  const opened = await openIptables({
    variant: "nft",
    ipset: true,
    verdict: { kind: "drop" },
    chains: ["INPUT", "FORWARD", "DOCKER-USER"],
    isAllowed: () => false,
    emit: () => {},
    ...overrides,
  });
  assert.ok(opened.ok, opened.ok ? "" : `${opened.error.reason}: ${opened.error.fix}`);
  return opened.value;
}

async function release(enforcer: Iptables): Promise<void> {
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  await enforcer.close();
}
