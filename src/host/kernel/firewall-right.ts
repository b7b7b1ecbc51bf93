/**
 * Reads whether this process has permission to change the firewall. The result is cached, because it does not change.
 */
import { readText } from "../read-or-empty.ts";

/** Bit number of the capability (linux/capability.h). */
const CAP_NET_ADMIN = 12n;

/** Returns undefined when /proc cannot be read. */
export function mayChangeFirewall(): boolean | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText("/proc/self/status"))?.[1];
  if (effective === undefined) return undefined;
  return ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}
