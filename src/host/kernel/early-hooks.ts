/**
 * Lists what other programs' nftables chains do to a packet before it reaches our chain. Reads chains, flowtables, and
 * the rules of tables that run earlier; never set elements, which may be many. Bounded by MAX_RULES.
 */
import type { Family } from "../../domain/ip.ts";
import type { OpenNetlink } from "./netlink-socket.ts";
import {
  attributesOf,
  eachAttribute,
  encodeName,
  NF_FAMILY,
  NFT,
  type NetlinkMessage,
  nameIn,
} from "./nftables-message.ts";
import { query } from "./nftables-query.ts";

/** A chain of another table that a packet passes before our chain, and what the rules of its table do to the packet. */
export interface EarlyHook {
  /** The table in nft's form: "netdev filter". */
  readonly table: string;
  readonly chain: string;
  readonly hook: "ingress" | "prerouting";
  readonly priority: number;
  /**
   * accept: ends this chain only. forward: the packet leaves through another device. queue: another program decides.
   */
  readonly does: readonly ("accept" | "forward" | "queue")[];
}

export interface EarlyHooks {
  /** Priority of our chain; undefined: it does not exist. */
  readonly ourPriority: number | undefined;
  readonly hooks: readonly EarlyHook[];
  /** Flowtables, such as "inet filter fast". Established connections that use one bypass our chain. */
  readonly flowtables: readonly string[];
  /** Address families for which our rules look up source addresses in sets. */
  readonly closes: readonly Family[];
}

const CHAIN = { table: 1, name: 3, hook: 4 } as const;
const HOOK = { number: 1, priority: 2 } as const;
const RULE = { table: 1, expressions: 4 } as const;
const EXPRESSION = { name: 1, content: 2 } as const;
const FLOWTABLE = { table: 1, name: 2 } as const;
const IMMEDIATE_CONTENT = 2;
const VERDICT = { nest: 2, code: 1 } as const;
const NF_ACCEPT = 1;
/** Hook numbers of linux/netfilter.h, for ip, ip6 and inet. For netdev, number 0 is ingress. */
const PREROUTING = 0;
const INET_INGRESS = 5;
const MAX_RULES = 5000;

/** Reads the generation number of the ruleset. Every transaction of any program changes it. */
export async function readGeneration(open: OpenNetlink): Promise<number | undefined> {
  const request = {
    type: NFT.getGeneration,
    ask: "one",
    family: NF_FAMILY.any,
    attributes: [],
  } as const;
  for await (const objects of query(open, request)) {
    for (const { attributes } of objects) return attributesOf(attributes).get(1)?.readUInt32BE(0);
  }
  return undefined;
}

/** Reads the hooks. `ours` is the name of our inet table and of its chain. */
export async function readEarlyHooks(
  open: OpenNetlink,
  ours: { readonly table: string; readonly chain: string },
): Promise<EarlyHooks> {
  const chains = (await ask(open, NFT.getChain)).flatMap(baseChain);
  const own = `inet ${ours.table}`;
  const ourPriority = chains.find(
    ({ table, chain }) => table === own && chain === ours.chain,
  )?.priority;
  const before = chains.filter(
    ({ table, hook, priority }) =>
      table !== own && (hook === "ingress" || priority < (ourPriority ?? 0)),
  );
  const does = new Map<string, EarlyHook["does"]>();
  for (const { table, family } of before) {
    if (!does.has(table)) does.set(table, await readEffects(open, table, family));
  }
  const hooks = before.map(({ table, chain, hook, priority }) => ({
    ...{ table, chain, hook, priority },
    does: does.get(table) ?? [],
  }));
  const flowtables = (await ask(open, NFT.getFlowtable)).map(({ family, attributes }) => {
    const values = attributesOf(attributes);
    return `${tableName(family, nameIn(values.get(FLOWTABLE.table)))} ${nameIn(values.get(FLOWTABLE.name))}`;
  });
  const closes = ourPriority === undefined ? [] : await readFamilies(open, ours.table);
  return { ourPriority, hooks, flowtables, closes };
}

const LOOKUP_SET = 1;

async function readFamilies(open: OpenNetlink, table: string): Promise<readonly Family[]> {
  const families = new Set<Family>();
  for (const expression of await readExpressions(open, NF_FAMILY.inet, table)) {
    const content = expression.get(EXPRESSION.content);
    if (nameIn(expression.get(EXPRESSION.name)) !== "lookup" || content === undefined) continue;
    const set = nameIn(attributesOf(content).get(LOOKUP_SET));
    if (set.startsWith("v4_")) families.add("ipv4");
    if (set.startsWith("v6_")) families.add("ipv6");
  }
  return [...families];
}

interface BaseChain extends Omit<EarlyHook, "does"> {
  readonly family: number;
}

function baseChain({ family, attributes }: NetlinkMessage): readonly BaseChain[] {
  const values = attributesOf(attributes);
  const nest = values.get(CHAIN.hook);
  if (nest === undefined) return [];
  const hookValues = attributesOf(nest);
  const hook = hookName(family, hookValues.get(HOOK.number)?.readUInt32BE(0));
  if (hook === undefined) return [];
  const table = tableName(family, nameIn(values.get(CHAIN.table)));
  const priority = hookValues.get(HOOK.priority)?.readInt32BE(0) ?? 0;
  return [{ family, table, chain: nameIn(values.get(CHAIN.name)), hook, priority }];
}

function hookName(family: number, hook: number | undefined): EarlyHook["hook"] | undefined {
  const { netdev, inet, ipv4, ipv6 } = NF_FAMILY;
  if (family === netdev) return hook === 0 ? "ingress" : undefined;
  if (family === inet && hook === INET_INGRESS) return "ingress";
  const routed = family === inet || family === ipv4 || family === ipv6;
  return routed && hook === PREROUTING ? "prerouting" : undefined;
}

/** Returns the effects of all rules of a table, in any of its chains, because chains jump to one another. */
async function readEffects(
  open: OpenNetlink,
  table: string,
  family: number,
): Promise<EarlyHook["does"]> {
  const name = table.slice(table.indexOf(" ") + 1);
  const expressions = await readExpressions(open, family, name);
  return [...new Set(expressions.flatMap((expression) => effectOf(expression) ?? []))];
}

type Expression = ReadonlyMap<number, Buffer>;

async function readExpressions(
  open: OpenNetlink,
  family: number,
  table: string,
): Promise<readonly Expression[]> {
  const found: Expression[] = [];
  for (const { attributes } of await ask(open, NFT.getRule, family, table)) {
    const values = attributesOf(attributes);
    const list = values.get(RULE.expressions);
    // Kernels before 4.7 ignore the filter of the request.
    if (list === undefined || nameIn(values.get(RULE.table)) !== table) continue;
    eachAttribute(list, 0, list.length, (_, from, to) => {
      found.push(attributesOf(list.subarray(from, to)));
    });
  }
  return found;
}

function effectOf(expression: Expression): EarlyHook["does"][number] | undefined {
  const name = nameIn(expression.get(EXPRESSION.name));
  if (name === "fwd") return "forward";
  if (name === "queue") return "queue";
  const content = expression.get(EXPRESSION.content);
  if (name !== "immediate" || content === undefined) return undefined;
  const verdict = attributesOf(content).get(IMMEDIATE_CONTENT);
  const nest = verdict === undefined ? undefined : attributesOf(verdict).get(VERDICT.nest);
  const code = nest === undefined ? undefined : attributesOf(nest).get(VERDICT.code);
  return code?.readInt32BE(0) === NF_ACCEPT ? "accept" : undefined;
}

async function ask(
  open: OpenNetlink,
  type: number,
  family: number = NF_FAMILY.any,
  table?: string,
): Promise<readonly NetlinkMessage[]> {
  const attributes = table === undefined ? [] : [encodeName(RULE.table, table)];
  const found: NetlinkMessage[] = [];
  for await (const objects of query(open, { type, ask: "dump", family, attributes })) {
    // Copy the attributes, because the next answer reuses this memory.
    found.push(...objects.map((one) => ({ ...one, attributes: Buffer.from(one.attributes) })));
    if (found.length > MAX_RULES) break;
  }
  return found;
}

const FAMILY_NAMES: ReadonlyMap<number, string> = new Map([
  [NF_FAMILY.inet, "inet"],
  [NF_FAMILY.ipv4, "ip"],
  [NF_FAMILY.arp, "arp"],
  [NF_FAMILY.netdev, "netdev"],
  [NF_FAMILY.bridge, "bridge"],
  [NF_FAMILY.ipv6, "ip6"],
]);

function tableName(family: number, name: string): string {
  return `${FAMILY_NAMES.get(family) ?? family} ${name}`;
}
