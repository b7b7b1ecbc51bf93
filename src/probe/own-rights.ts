/** What this program may do, and whether it is boxed in: read once, since neither changes while it runs. */
import { existsSync, readFileSync } from "node:fs";

/** linux/capability.h */
const CAP_NET_ADMIN = 12n;

/** Whether it may change firewalls; undefined when /proc does not tell. */
export function mayChangeFirewall(): boolean | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText("/proc/self/status"))?.[1];
  if (effective === undefined) return undefined;
  return ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

/** What Docker, Podman and systemd-nspawn leave in a container they make; undefined on a host. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"] as const;

export function containerMark(): string | undefined {
  return CONTAINER_MARKS.find((path) => existsSync(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // No /proc: nothing is known.
    return "";
  }
}
