/** Finds the programs of one variant of iptables, and decides which variant this host uses. */
import { existsSync } from "node:fs";
import type { Family } from "../../domain/ip.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findProgram } from "../../host/process/find-program.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { readText } from "../../host/read-or-empty.ts";
import type { Unusable } from "../nftables.ts";
import { createTables, type Tables } from "./tables.ts";

export const VARIANTS = ["nft", "legacy"] as const;
export type Variant = (typeof VARIANTS)[number];

/** The kernel lists the tables of legacy iptables that were ever used in this network namespace. */
const LEGACY_TABLES = { ipv4: "/proc/net/ip_tables_names", ipv6: "/proc/net/ip6_tables_names" };
const COMMANDS = { ipv4: "iptables", ipv6: "ip6tables" } as const;
const TIMEOUT_MILLISECONDS = 10_000;

/** Returns the families whose packets this kernel handles: it lacks the file when IPv6 is disabled at boot. */
export function usedFamilies(): readonly Family[] {
  return existsSync("/proc/net/if_inet6") ? ["ipv4", "ipv6"] : ["ipv4"];
}

/** Finds the programs of a variant for each family. */
export async function findTables(variant: Variant): Promise<Result<readonly Tables[], Unusable>> {
  const found: Tables[] = [];
  for (const family of usedFamilies()) {
    const tables = await findFamily(variant, family);
    if (tables === undefined) return fail(explainMissing(variant, family));
    found.push(tables);
  }
  return ok(found);
}

async function findFamily(variant: Variant, family: Family): Promise<Tables | undefined> {
  const command = COMMANDS[family];
  const named = findPair(`${command}-${variant}`);
  if (named !== undefined) return createTables({ variant, family, ...named });
  const plain = (await variantOf(command)) === variant ? findPair(command) : undefined;
  return plain && createTables({ variant, family, ...plain });
}

function findPair(name: string): { readonly save: string; readonly restore: string } | undefined {
  const [save, restore] = [findProgram(`${name}-save`), findProgram(`${name}-restore`)];
  return save === undefined || restore === undefined ? undefined : { save, restore };
}

/** Returns the variant of a command without a variant in its name: "iptables v1.8.9 (nf_tables)". */
async function variantOf(command: string): Promise<Variant | undefined> {
  const path = findProgram(command);
  if (path === undefined) return undefined;
  const run = { argv: [path, "-V"], input: "", timeoutMilliseconds: TIMEOUT_MILLISECONDS };
  const { ok: done, output } = await runProgram(run);
  if (!done) return undefined;
  return output.includes("nf_tables") ? "nft" : "legacy";
}

/**
 * Chooses the variant that holds rules. If both do, or neither, chooses that of the command "iptables", which the
 * administrator and other programs use.
 */
export async function chooseVariant(): Promise<Variant> {
  const usual = await variantOf(COMMANDS.ipv4);
  const used: Variant[] = [];
  for (const variant of VARIANTS) if (await holdsRules(variant)) used.push(variant);
  const [only, other] = used;
  if (only !== undefined && other === undefined) return only;
  return usual ?? "nft";
}

async function holdsRules(variant: Variant): Promise<boolean> {
  for (const tables of await findUsedTables(variant))
    if ((await tables.holdsOthers("filter")) === true) return true;
  return false;
}

/**
 * Returns those tables that hold rules of others. `names`: existing tables, such as "ip6 nat" of iptables-nft, or "nat" of
 * either family for iptables-legacy.
 */
export async function keepUsed(
  variant: Variant,
  names: readonly string[],
): Promise<readonly string[]> {
  const used: string[] = [];
  for (const name of names) {
    const [table = "", ip] = name.split(" ").reverse();
    const families = usedFamilies().filter((family) =>
      variant === "legacy"
        ? readText(LEGACY_TABLES[family]).split("\n").includes(table)
        : (family === "ipv6") === (ip === "ip6"),
    );
    for (const family of families) {
      const tables = await findFamily(variant, family);
      // What cannot be read is not ours.
      if ((await tables?.holdsOthers(table)) === false) continue;
      used.push(name);
      break;
    }
  }
  return used;
}

/** Finds the tables of a variant that may hold rules. Reading others would create them in the kernel. */
export async function findUsedTables(variant: Variant): Promise<readonly Tables[]> {
  const used = usedFamilies().filter(
    (family) => variant === "nft" || /^filter$/m.test(readText(LEGACY_TABLES[family])),
  );
  const found: Tables[] = [];
  for (const family of used) {
    const tables = await findFamily(variant, family);
    if (tables !== undefined) found.push(tables);
  }
  return found;
}

function explainMissing(variant: Variant, family: Family): Unusable {
  const command = COMMANDS[family];
  const names = `${command}-${variant}-save and ${command}-${variant}-restore`;
  return {
    reason: `${names} are not installed`,
    fix:
      variant === "nft"
        ? "install the package iptables (iptables-nft on RHEL and Fedora)"
        : "install the package iptables (iptables-legacy on Fedora and Alpine)",
  };
}
