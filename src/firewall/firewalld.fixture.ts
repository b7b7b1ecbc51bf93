/** Opens and releases the firewalld enforcer for tests. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Enforcer } from "../domain/enforcer.ts";
import { instant } from "../domain/instant.ts";
import { type Firewalld, type FirewalldOptions, openFirewalld } from "./firewalld.ts";

const DIRECT_RULES = "/etc/firewalld/direct.xml";

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

/**
 * One enforcer for many tests, each of which ends with no block. Sets and rules stay between them: to remove them is a
 * reload of firewalld, and to learn them again some hundred calls.
 */
export function shareFirewalld(options: Partial<FirewalldOptions>): {
  readonly open: () => Promise<Firewalld>;
  readonly release: (enforcer: Enforcer) => Promise<void>;
  readonly removeRest: () => Promise<void>;
} {
  let shared: Promise<Firewalld> | undefined;
  const open = (): Promise<Firewalld> => (shared ??= openTestFirewalld(options));
  return {
    open,
    release: liftBlocks,
    removeRest: async () => releaseFirewalld(await open()),
  };
}

async function liftBlocks(enforcer: Enforcer): Promise<void> {
  const blocks = await enforcer.list();
  const removals = blocks.map(
    ({ subject, scope }) => ({ kind: "remove", subject, scope }) as const,
  );
  assert.deepEqual(await enforcer.apply(removals, instant(Date.now())), []);
}

/** Removes everything of the enforcer, and asserts that nothing is left in firewalld or the kernel. */
export async function releaseFirewalld(enforcer: Enforcer): Promise<void> {
  assert.deepEqual(await enforcer.removeAll(), { ok: true, value: undefined });
  await enforcer.close();
  const left = [
    busCall("ipset", "getIPSets"),
    busCall("policy", "getPolicies"),
    busCall("direct", "getAllRules"),
    // The permanent configuration, in files named after their content, without firewalld's own backups.
    ...readdirSync("/etc/firewalld", { recursive: true, encoding: "utf8" }).filter(
      (file) => !file.endsWith(".old"),
    ),
    existsSync(DIRECT_RULES) ? readFileSync(DIRECT_RULES, "utf8") : "",
    execFileSync("ipset", ["list", "-name"], { encoding: "utf8" }),
    execFileSync("nft", ["list", "ruleset"], { encoding: "utf8" }),
    execFileSync("iptables-save", { encoding: "utf8" }),
  ];
  assert.doesNotMatch(left.join("\n"), /bailiff/);
}

export function firewallCmd(...args: readonly string[]): string {
  return execFileSync("firewall-cmd", [...args], { encoding: "utf8" });
}

/** Asks firewalld what is in force. Each start of firewall-cmd would take a quarter of a second of processor time. */
function busCall(part: string, method: string, ...strings: readonly string[]): string {
  const name = "org.fedoraproject.FirewallD1";
  const place = [name, `/${name.replaceAll(".", "/")}`, `${name}.${part}`];
  const args = strings.length === 0 ? [] : ["s".repeat(strings.length), ...strings];
  return execFileSync("busctl", ["call", ...place, method, ...args], { encoding: "utf8" });
}

/** Removes all entries of all sets, as an administrator does. */
export function removeEntries(): void {
  for (const set of stringsIn(busCall("ipset", "getIPSets")))
    for (const entry of stringsIn(busCall("ipset", "getEntries", set)))
      busCall("ipset", "removeEntry", set, entry);
}

/** The strings in a reply of busctl: `as 2 "a" "b"`. */
function stringsIn(reply: string): readonly string[] {
  return [...reply.matchAll(/"([^"]*)"/g)].map(([, text = ""]) => text);
}
