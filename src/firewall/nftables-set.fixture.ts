/** Makes tables of an administrator for tests of the nftables-set enforcer, in this process's separate network. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Enforcer } from "../domain/enforcer.ts";
import { systemClock } from "../host/system-clock.ts";
import { type NftablesSetOptions, openNftablesSet } from "./nftables-set.ts";

export interface AdminTable {
  /** Flags and further properties of both sets: "flags interval; counter;". */
  readonly sets: string;
  /** The chains with their rules. */
  readonly chains: string;
}

/** Drops early, like bailiff's own table. */
export const EARLY_CHAIN = `chain early { type filter hook prerouting priority raw; policy accept;
  ip saddr @blocked4 drop; ip6 saddr @blocked6 drop; }`;
/** Accepts open connections first, as most administrators' rules do, then jumps to a chain that rejects. */
export const USUAL_CHAINS = `chain refuse { counter reject with icmpx type admin-prohibited; }
  chain input { type filter hook input priority filter; policy accept;
    ct state established,related accept; ip saddr @blocked4 counter jump refuse; ip6 saddr @blocked6 jump refuse; }
  chain through { type filter hook forward priority filter; policy accept;
    ct state established,related accept; ip saddr @blocked4 jump refuse; ip6 saddr @blocked6 jump refuse; }`;

export function makeAdminTable({ sets, chains }: AdminTable): void {
  nft(`flush ruleset
table inet filter {
  set blocked4 { type ipv4_addr; ${sets} }
  set blocked6 { type ipv6_addr; ${sets} }
  ${chains}
}`);
}

export async function openTestSets(overrides: Partial<NftablesSetOptions> = {}): Promise<Enforcer> {
  const opened = await openNftablesSet({
    ...{ table: "inet filter", set_ipv4: "blocked4", set_ipv6: "blocked6" },
    ...{ isAllowed: () => false, clock: systemClock, emit: () => {} },
    ...overrides,
  });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

export function nft(commands: string): string {
  return execFileSync("nft", ["-f", "-"], { input: commands, encoding: "utf8" });
}
