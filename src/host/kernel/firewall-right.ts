/** Reads whether this process may change the firewall. The result is cached, because it does not change. */
import { readFileSync } from "node:fs";

/** linux/capability.h */
const CAP_NET_ADMIN = 12n;

/** undefined when /proc cannot be read. */
export function mayChangeFirewall(): boolean | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readStatus())?.[1];
  if (effective === undefined) return undefined;
  return ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

function readStatus(): string {
  try {
    return readFileSync("/proc/self/status", "utf8");
  } catch {
    return "";
  }
}
