/**
 * Maps blocks to firewalld's ipsets. Blocks of one family, prefix length and port scope share a pair of sets, because
 * entries of one set must not overlap. Each block is in one half of the pair; a bulk change fills the other half before
 * it empties this one, because firewalld first flushes a set that it rewrites.
 */
import { createHash } from "node:crypto";
import { type Subject, splitSubject, widthOf } from "../../domain/cidr.ts";
import type { Family } from "../../domain/ip.ts";
import { ALL_PORTS, type PortScope, portScope, portsOf } from "../../domain/port-scope.ts";

export interface SetKey {
  readonly family: Family;
  readonly prefix: number;
  readonly scope: PortScope;
}

export const HALVES = ["a", "b"] as const;
export type Half = (typeof HALVES)[number];

/** The beginning of the name of everything that this enforcer adds to firewalld. */
export const NAME_PREFIX = "bailiff-";

const NAME = /^bailiff-v(4|6)-(\d{1,3})(?:-[0-9a-f]{8})?-[ab]$/;

export function setKeyOf(subject: Subject, scope: PortScope): SetKey {
  const { family, prefix } = splitSubject(subject);
  return { family, prefix, scope };
}

/**
 * Returns the name without the half: "bailiff-v4-32", "bailiff-v6-64-1a2b3c4d". The kernel allows 31 characters, so
 * single ports become a digest. The scope itself is in the set's short description.
 */
export function pairNameOf({ family, prefix, scope }: SetKey): string {
  const base = `${NAME_PREFIX}v${family === "ipv4" ? 4 : 6}-${prefix}`;
  if (scope === ALL_PORTS) return base;
  return `${base}-${createHash("sha256").update(scope).digest("hex").slice(0, 8)}`;
}

export function setNameOf(key: SetKey, half: Half): string {
  return `${pairNameOf(key)}-${half}`;
}

/** Returns both names of a pair. */
export function setNamesOf(key: SetKey): readonly string[] {
  return HALVES.map((half) => setNameOf(key, half));
}

/** Returns undefined for a set that is not ours. `short`: the set's short description. */
export function parseSetName(name: string, short: string): SetKey | undefined {
  const parts = NAME.exec(name);
  if (parts === null) return undefined;
  const scope = portScope(portsOf(short as PortScope));
  const family = parts[1] === "4" ? "ipv4" : "ipv6";
  const key: SetKey = { family, prefix: Number(parts[2]), scope };
  const isOurs = key.prefix <= widthOf(family) && scope === short;
  return isOurs && setNamesOf(key).includes(name) ? key : undefined;
}
