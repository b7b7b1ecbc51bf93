/**
 * Maps blocks to kernel sets. Blocks of one family, prefix length and port scope share one hash set, named after the
 * three ("v4_32", "v6_64", "v4_24_t22_t80_u53"), so that a restarted daemon recognizes its sets by name.
 */
import { type Subject, splitSubject, widthOf } from "../../domain/cidr.ts";
import type { Family } from "../../domain/ip.ts";
import {
  ALL_PORTS,
  type Port,
  type PortScope,
  portScope,
  portsOf,
} from "../../domain/port-scope.ts";

export interface SetKey {
  readonly family: Family;
  readonly prefix: number;
  readonly scope: PortScope;
}

const NAME = /^v(4|6)_(0|[1-9]\d{0,2})((?:_[tu][1-9]\d{0,4})*)$/;

export function setKeyOf(subject: Subject, scope: PortScope): SetKey {
  const { family, prefix } = splitSubject(subject);
  return { family, prefix, scope };
}

export function setNameOf({ family, prefix, scope }: SetKey): string {
  const base = `v${family === "ipv4" ? 4 : 6}_${prefix}`;
  return scope === ALL_PORTS ? base : `${base}_${portsOf(scope).map(shortPort).join("_")}`;
}

function shortPort({ protocol, number }: Port): string {
  return `${protocol === "tcp" ? "t" : "u"}${number}`;
}

/** Returns undefined for a set of another program. */
export function parseSetName(name: string): SetKey | undefined {
  const parts = NAME.exec(name);
  if (parts === null) return undefined;
  const family = parts[1] === "4" ? "ipv4" : "ipv6";
  const ports = (parts[3] ?? "").split("_").filter((text) => text !== "");
  const key: SetKey = { family, prefix: Number(parts[2]), scope: portScope(ports.map(longPort)) };
  // Accept only the canonical spelling, with sorted ports and a valid prefix.
  return key.prefix <= widthOf(family) && setNameOf(key) === name ? key : undefined;
}

function longPort(text: string): Port {
  return { protocol: text.startsWith("t") ? "tcp" : "udp", number: Number(text.slice(1)) };
}
