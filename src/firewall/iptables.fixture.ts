/** Opens the iptables enforcer for tests, in this process's separate network. */
import assert from "node:assert/strict";
import type { Enforcer } from "../domain/enforcer.ts";
import { type Iptables, type IptablesOptions, openIptables } from "./iptables.ts";

export interface IptablesKind {
  readonly name: string;
  readonly options: { readonly variant: "nft" | "legacy"; readonly ipset: boolean };
}

export const IPTABLES_KINDS: readonly IptablesKind[] = (["nft", "legacy"] as const).flatMap(
  (variant) =>
    [true, false].map((ipset) => ({
      name: `iptables-${variant}${ipset ? " with ipset" : ""}`,
      options: { variant, ipset },
    })),
);

export const IPTABLES_OPTIONS: IptablesOptions = {
  variant: "nft",
  ipset: true,
  verdict: { kind: "drop" },
  chains: ["INPUT", "FORWARD", "DOCKER-USER"],
  isAllowed: () => false,
  emit: () => {},
};

export async function openTestIptables(overrides: Partial<IptablesOptions>): Promise<Iptables> {
  const opened = await openIptables({ ...IPTABLES_OPTIONS, ...overrides });
  assert.ok(opened.ok, opened.ok ? "" : `${opened.error.reason}: ${opened.error.fix}`);
  return opened.value;
}

/** Shell commands that remove all rules of iptables-nft or iptables-legacy, then the named set or all sets. */
export function removeRulesAndSets(variant: "nft" | "legacy", set = ""): string {
  const flush = ["iptables", "ip6tables"].flatMap((command) =>
    ["-F", "-X"].map((option) => `${command}-${variant} -w 10 ${option}`),
  );
  // The kernel releases a set a moment after the rules that use it.
  const destroy = `for n in $(seq 300); do ipset destroy ${set} && break; sleep 0.2; done`;
  return [...flush, destroy].join("; ");
}

export async function releaseEnforcer(enforcer: Enforcer): Promise<void> {
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  await enforcer.close();
}
