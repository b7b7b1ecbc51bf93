/** Opens and releases the firewalld enforcer for tests. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Enforcer } from "../domain/enforcer.ts";
import { type Firewalld, type FirewalldOptions, openFirewalld } from "./firewalld.ts";

export async function openTestFirewalld(
  options: Partial<FirewalldOptions> = {},
): Promise<Firewalld> {
  const opened = await openFirewalld({
    ...{ ipv6Prefixes: [64], isAllowed: () => false, emit: () => {} },
    ...options,
  });
  assert.ok(opened.ok, opened.ok ? "" : opened.error.reason);
  return opened.value;
}

/** Removes everything of the enforcer, and asserts that nothing is left in firewalld or the kernel. */
export async function releaseFirewalld(enforcer: Enforcer): Promise<void> {
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  await enforcer.close();
  const left = [
    ...[["--get-ipsets"], ["--get-policies"], ["--direct", "--get-all-rules"]].flatMap((args) => [
      firewallCmd(...args),
      firewallCmd("--permanent", ...args),
    ]),
    execFileSync("ipset", ["list", "-name"], { encoding: "utf8" }),
    execFileSync("nft", ["list", "ruleset"], { encoding: "utf8" }),
    execFileSync("iptables-save", { encoding: "utf8" }),
  ];
  assert.doesNotMatch(left.join("\n"), /bailiff/);
}

export function firewallCmd(...args: readonly string[]): string {
  return execFileSync("firewall-cmd", [...args], { encoding: "utf8" });
}
