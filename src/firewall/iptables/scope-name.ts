/**
 * Names what holds the blocks of one family and port scope: an ipset, or a chain of plain rules ("bailiff4-all",
 * "bailiff6-t22-t80-u53"). A scope too long for a name gets a digest instead ("bailiff4-x0123456789abcdef"), so that a
 * restarted daemon must read its ports from the rules.
 */
import { createHash } from "node:crypto";
import type { Family } from "../../domain/ip.ts";
import {
  ALL_PORTS,
  type Port,
  type PortScope,
  portScope,
  portsOf,
} from "../../domain/port-scope.ts";

export interface ScopeKey {
  readonly family: Family;
  readonly scope: PortScope;
}

/** Names of chains have at most 28 characters (XT_EXTENSION_MAXNAMELEN), names of sets 31 (IPSET_MAXNAMELEN). */
const MAX_NAME_LENGTH = 28;
const DIGEST_LENGTH = 16;

const NAME = /^bailiff([46])-(?:(all)|((?:[tu][1-9]\d{0,4}-?)+)|x[\da-f]{16})$/;

export function scopeNameOf({ family, scope }: ScopeKey): string {
  const base = `bailiff${family === "ipv4" ? 4 : 6}-`;
  if (scope === ALL_PORTS) return `${base}all`;
  const name = base + portsOf(scope).map(shortPort).join("-");
  if (name.length <= MAX_NAME_LENGTH) return name;
  return `${base}x${createHash("sha256").update(scope).digest("hex").slice(0, DIGEST_LENGTH)}`;
}

export function isScopeName(name: string): boolean {
  return NAME.test(name);
}

/** Returns undefined for a name that is not ours, or that has a digest. */
export function parseScopeName(name: string): ScopeKey | undefined {
  const [, version, all, list = ""] = NAME.exec(name) ?? [];
  if (version === undefined || (all === undefined && list === "")) return undefined;
  const ports = list.split("-").filter((text) => text !== "");
  const key: ScopeKey = {
    family: version === "4" ? "ipv4" : "ipv6",
    scope: portScope(ports.map(longPort)),
  };
  // Accept only the canonical spelling, with sorted ports.
  return scopeNameOf(key) === name ? key : undefined;
}

function shortPort({ protocol, number }: Port): string {
  return `${protocol === "tcp" ? "t" : "u"}${number}`;
}

function longPort(text: string): Port {
  return { protocol: text.startsWith("t") ? "tcp" : "udp", number: Number(text.slice(1)) };
}
