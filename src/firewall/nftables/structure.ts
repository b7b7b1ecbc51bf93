/**
 * Defines the table as nft commands: one hash set per set key, one base chain, one chain per port of any scope,
 * and one that answers packets unless they are dropped.
 *
 * A packet passes the rules of the all-ports sets (one for each prefix length in use) and one port lookup, which leads
 * it to the rules of its port. So the cost per packet depends on neither bans nor jails. Networks are matched by
 * masking the source address and looking up the rest in the hash set of that length: unlike in an interval set, adding
 * an element takes 0.1 ms whatever the size, and nested networks do not conflict.
 */
import { widthOf } from "../../domain/cidr.ts";
import { type Family, ipFromBits } from "../../domain/ip.ts";
import { ALL_PORTS, type Port, portsOf } from "../../domain/port-scope.ts";
import type { Verdict } from "../verdict.ts";
import { REFUSE_CHAIN, refuseRules } from "./refuse-rules.ts";
import { type SetKey, setNameOf } from "./set-key.ts";

export const BASE_CHAIN = "guard";

/**
 * Before raw (-300), connection tracking (-200) and destination NAT (-100), so that forwarded and container traffic has
 * its original addresses; after defragmentation (-400). Priorities: linux/netfilter_ipv4.h.
 */
export const BASE_HOOK = "prerouting";
export const BASE_PRIORITY: number = -310;
const HOOK = `{ type filter hook ${BASE_HOOK} priority ${BASE_PRIORITY}; policy accept; }`;

export interface Structure {
  readonly table: string;
  readonly verdict: Verdict;
  readonly keys: readonly SetKey[];
  /** Whether sets count packets per element (Linux 5.7 and nft 0.9.5). */
  readonly counters: boolean;
}

/**
 * What is re-created. "rules": only rules. "chain": also the base chain, if its hook is wrong. "table": everything,
 * including blocks, if a set of another type has one of our names.
 */
export type Rebuild = "rules" | "chain" | "table";

/** Returns commands for one transaction, so that no packet passes between the old rules and the new ones. */
export function structureCommands(structure: Structure, rebuild: Rebuild): string {
  const table = `inet ${structure.table}`;
  const ports = portsIn(structure.keys);
  const isAnswering = structure.verdict.kind === "reject";
  const chains = [...(isAnswering ? [REFUSE_CHAIN] : []), ...ports.map(portChain)];
  const counter = structure.counters ? " counter;" : "";
  return [
    ...(rebuild === "table" ? [`add table ${table}`, `delete table ${table}`] : []),
    `add table ${table}`,
    ...(rebuild === "chain" ? dropChain(table, BASE_CHAIN) : []),
    ...structure.keys.map(
      (key) =>
        `add set ${table} ${setNameOf(key)} { type ${addressType(key.family)}; flags timeout;${counter} }`,
    ),
    `add chain ${table} ${BASE_CHAIN} ${HOOK}`,
    ...chains.map((chain) => `add chain ${table} ${chain}`),
    ...[BASE_CHAIN, ...chains].map((chain) => `flush chain ${table} ${chain}`),
    ...rules(structure, ports).map((rule) => `add rule ${table} ${rule}`),
    ...(isAnswering ? [] : dropChain(table, REFUSE_CHAIN)),
    "",
  ].join("\n");
}

/** Returns commands that also remove the sets of these keys, with the chains of their ports that no other one uses. */
export function pruneCommands(structure: Structure, unused: readonly SetKey[]): string {
  const used = portsIn(structure.keys).map(portChain);
  const chains = portsIn(unused)
    .map(portChain)
    .filter((chain) => !used.includes(chain));
  return [
    // The rules that refer to them are gone after this, in the same transaction.
    structureCommands(structure, "rules") + removeChains(structure.table, chains),
    ...unused.map((key) => `delete set inet ${structure.table} ${setNameOf(key)}\n`),
  ].join("");
}

/** Returns commands that are also valid for a missing table. */
export function removeCommands(table: string): string {
  return `add table inet ${table}\ndelete table inet ${table}\n`;
}

/** Returns whether a chain of this name is one of ours. */
export function isOurChain(name: string): boolean {
  return name === BASE_CHAIN || name === REFUSE_CHAIN || /^(?:tcp|udp)_\d+$/.test(name);
}

/** Returns commands that flush all chains before they delete any, because chains may refer to each other. */
export function removeChains(table: string, chains: readonly string[]): string {
  const each = (verb: string): readonly string[] =>
    chains.map((chain) => `${verb} chain inet ${table} ${chain}\n`);
  return [...each("flush"), ...each("delete")].join("");
}

/** Returns commands that are also valid for a missing chain: it is added first, so that the deletion does not fail. */
function dropChain(table: string, chain: string): readonly string[] {
  return ["add", "flush", "delete"].map((verb) => `${verb} chain ${table} ${chain}`);
}

function rules({ keys, verdict }: Structure, ports: readonly Port[]): readonly string[] {
  const answers = verdict.kind === "reject" ? refuseRules(verdict.with) : [];
  const end = verdict.kind === "reject" ? `goto ${REFUSE_CHAIN}` : "drop";
  const everywhere = keys.filter((key) => key.scope === ALL_PORTS);
  const jumps = ports.map((port) => `${port.protocol} . ${port.number} : jump ${portChain(port)}`);
  return [
    ...answers.map((rule) => `${REFUSE_CHAIN} ${rule}`),
    ...everywhere.map((key) => matchRule(BASE_CHAIN, key, end)),
    // Later fragments carry no ports, but without the first one they are never reassembled.
    ...(jumps.length === 0
      ? []
      : [`${BASE_CHAIN} meta l4proto . th dport vmap { ${jumps.join(", ")} }`]),
    ...ports.flatMap((port) =>
      keys.filter((key) => names(key, port)).map((key) => matchRule(portChain(port), key, end)),
    ),
  ];
}

function matchRule(chain: string, key: SetKey, end: string): string {
  const source = key.family === "ipv4" ? "ip saddr" : "ip6 saddr";
  const masked = key.prefix === widthOf(key.family) ? "" : ` & ${mask(key.family, key.prefix)}`;
  return `${chain} ${source}${masked} @${setNameOf(key)} ${end}`;
}

function mask(family: Family, prefix: number): string {
  const width = BigInt(widthOf(family));
  const ones = (1n << width) - 1n;
  return ipFromBits((ones >> (width - BigInt(prefix))) << (width - BigInt(prefix)), family);
}

function addressType(family: Family): string {
  return family === "ipv4" ? "ipv4_addr" : "ipv6_addr";
}

export function portChain(port: Port): string {
  return `${port.protocol}_${port.number}`;
}

function names(key: SetKey, port: Port): boolean {
  return portsOf(key.scope).some((other) => portChain(other) === portChain(port));
}

function portsIn(keys: readonly SetKey[]): readonly Port[] {
  const byChain = new Map(
    keys.flatMap((key) => portsOf(key.scope)).map((port) => [portChain(port), port]),
  );
  return [...byChain.values()].sort((a, b) => portChain(a).localeCompare(portChain(b)));
}
