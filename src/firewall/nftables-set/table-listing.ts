/** Parses nft's listings, as JSON, of a table that an administrator made: its sets with their flags, chains and rules. Pure. */
import { isRecord } from "../../domain/json.ts";
import type { Family } from "../../domain/ip.ts";

export interface SetDefinition {
  readonly name: string;
  /** undefined: its elements are no addresses of one family. */
  readonly family: Family | undefined;
  /** Whether elements can have an end. */
  readonly hasTimeout: boolean;
  /** Whether elements that are added without an end get one. */
  readonly hasDefaultTimeout: boolean;
  /** Whether it can hold networks. */
  readonly hasIntervals: boolean;
  readonly isConstant: boolean;
  readonly counts: boolean;
  readonly size: number | undefined;
}

export interface Chain {
  readonly name: string;
  readonly hook: string | undefined;
  readonly type: string | undefined;
  readonly priority: number;
  /** The statements of each rule, in order. */
  readonly rules: (readonly unknown[])[];
}

export interface TableListing {
  readonly sets: readonly SetDefinition[];
  readonly chains: readonly Chain[];
}

/** Parses the output of `nft -j -t list table`. */
export function parseTable(listing: unknown): TableListing {
  const sets: SetDefinition[] = [];
  const chains: Chain[] = [];
  for (const item of objectsIn(listing)) {
    const { set, chain, rule } = item;
    if (isRecord(set)) sets.push(definitionOf(set));
    if (isRecord(chain)) chains.push(chainOf(chain));
    if (isRecord(rule)) {
      const home = chains.find(({ name }) => name === rule["chain"]);
      home?.rules.push(listOf(rule["expr"]));
    }
  }
  return { sets, chains };
}

/** Returns the first set in the output of `nft -j list set`. */
export function setIn(listing: unknown): Readonly<Record<string, unknown>> | undefined {
  return objectsIn(listing).flatMap(({ set }) => (isRecord(set) ? [set] : []))[0];
}

export function definitionOf(set: Readonly<Record<string, unknown>>): SetDefinition {
  const flags = listOf(set["flags"]);
  const { size, timeout, stmt } = set;
  return {
    name: String(set["name"]),
    family: familyOfType(set["type"]),
    hasTimeout: flags.includes("timeout"),
    hasDefaultTimeout: timeout !== undefined,
    hasIntervals: flags.includes("interval"),
    isConstant: flags.includes("constant"),
    counts: listOf(stmt).some((one) => isRecord(one) && "counter" in one),
    size: typeof size === "number" ? size : undefined,
  };
}

/** Reads "ipv4_addr", or { typeof: { payload: … } } as of newer versions of nft. */
function familyOfType(type: unknown): Family | undefined {
  if (type === "ipv4_addr") return "ipv4";
  if (type === "ipv6_addr") return "ipv6";
  const inner = isRecord(type) ? type["typeof"] : undefined;
  const payload = isRecord(inner) ? inner["payload"] : undefined;
  if (!isRecord(payload) || !/^[sd]addr$/.test(String(payload["field"]))) return undefined;
  const { protocol } = payload;
  return protocol === "ip" ? "ipv4" : protocol === "ip6" ? "ipv6" : undefined;
}

function chainOf(chain: Readonly<Record<string, unknown>>): Chain {
  const { hook, type } = chain;
  return {
    name: String(chain["name"]),
    hook: typeof hook === "string" ? hook : undefined,
    type: typeof type === "string" ? type : undefined,
    priority: Number(chain["prio"] ?? 0),
    rules: [],
  };
}

function objectsIn(listing: unknown): readonly Readonly<Record<string, unknown>>[] {
  return isRecord(listing) ? listOf(listing["nftables"]).filter(isRecord) : [];
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
