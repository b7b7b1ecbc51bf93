/** Reads this machine's addresses, and resolves names. */
import { readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { type Ip, parseIp } from "../domain/ip.ts";

/** Returns every address of every interface, without duplicates. */
export function ownAddresses(): readonly Ip[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const parsed = all.flatMap(({ address }) => parseIp(address) ?? []);
  return [...new Set(parsed)];
}

/** Returns every address of a name, from the host's resolver. Throws when it has none. */
export async function resolveName(name: string): Promise<readonly Ip[]> {
  // Load the module on the first look-up, because most configurations contain no host name.
  const { lookup } = await import("node:dns/promises");
  const answers = await lookup(name, { all: true });
  return answers.flatMap(({ address }) => parseIp(address) ?? []);
}

/** Returns this host's name, fully qualified if the kernel or /etc/hosts knows it. Makes no network look-up. */
export function hostNames(): { readonly full: string; readonly short: string } {
  const own = hostname();
  const [short = own] = own.split(".");
  return { full: own.includes(".") ? own : (fullNameOf(own) ?? own), short };
}

function fullNameOf(name: string): string | undefined {
  try {
    const lines = readFileSync("/etc/hosts", "utf8").split("\n");
    const names = lines.map((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
    return names.find((all) => all.includes(name))?.find((one) => one.startsWith(`${name}.`));
  } catch {
    // Without that file only the kernel's name is known.
    return undefined;
  }
}
