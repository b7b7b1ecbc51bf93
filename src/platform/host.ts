/** The addresses of this machine, and of names as it resolves them. */
import { networkInterfaces } from "node:os";
import { type Ip, parseIp } from "../domain/ip.ts";

/** Every address of every interface, without duplicates. */
export function ownAddresses(): readonly Ip[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const parsed = all.flatMap(({ address }) => parseIp(address) ?? []);
  return [...new Set(parsed)];
}

/** Every address a name has, by the host's own resolver. Throws when there is none. */
export async function resolveName(name: string): Promise<readonly Ip[]> {
  // Loaded by the first look-up: most configurations name no host.
  const { lookup } = await import("node:dns/promises");
  const answers = await lookup(name, { all: true });
  return answers.flatMap(({ address }) => parseIp(address) ?? []);
}
