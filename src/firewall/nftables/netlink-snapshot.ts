/**
 * Reads the table's structure over netlink, as text for comparison: flags of the table, hook, priority and policy of
 * our chains, their rules in order with every expression, the ports that lead to them, and the types of our sets.
 * Leaves out handles and use counts, which change when a rule is re-created.
 */
import type { OpenNetlink } from "../../host/kernel/netlink-socket.ts";
import type { Snapshot } from "./kernel.ts";
import {
  attributesOf,
  encodeName,
  NFT,
  type NetlinkMessage,
  type NetlinkRequest,
  nameIn,
} from "../../host/kernel/nftables-message.ts";
import { query } from "../../host/kernel/nftables-query.ts";
import { dumpElements } from "./netlink-elements.ts";
import type { TableStructure } from "./table-structure.ts";
import { parseSetName } from "./set-key.ts";
import { BASE_CHAIN, isOurChain } from "./structure.ts";

const TABLE = { name: 1, flags: 2 } as const;
const CHAIN = { table: 1, name: 3, hook: 4, policy: 5, type: 7 } as const;
/** Values of enum nft_hook_attributes, NF_INET_PRE_ROUTING and the following, NF_ACCEPT, NFT_TABLE_F_DORMANT. */
const HOOK = { number: 1, priority: 2 } as const;
const HOOKS = ["prerouting", "input", "forward", "output", "postrouting", "ingress"] as const;
const ACCEPT = 1;
const DORMANT = 1;
const RULE = { table: 1, chain: 2, expressions: 4 } as const;
/** Attributes of a set. `size` is NFTA_SET_COUNT, since Linux 6.16. */
const SET = { table: 1, name: 2, compared: [3, 4, 5, 6, 7], size: 20 } as const;
const LIST_ELEMENTS = 3;
/** Matches nft's name of a rule's anonymous set, such as "__map0", whose number changes each time. */
const ANONYMOUS = /__map\d+/g;

export async function readSetNames(open: OpenNetlink, table: string): Promise<readonly string[]> {
  const sets = await ask(open, NFT.getSet, table, SET.table);
  return sets.map((set) => nameIn(set.get(SET.name)));
}

/**
 * Returns the number of elements, including some that just expired. undefined: the set does not exist, or the kernel is
 * older than 6.16.
 */
export async function readSetSize(
  open: OpenNetlink,
  table: string,
  set: string,
): Promise<number | undefined> {
  const attributes = [encodeName(SET.table, table), encodeName(SET.name, set)];
  for await (const messages of query(open, { type: NFT.getSet, ask: "one", attributes })) {
    for (const message of messages) return numberIn(attributesOf(message.attributes).get(SET.size));
  }
  return undefined;
}

export async function readSnapshot(
  open: OpenNetlink,
  table: string,
): Promise<Snapshot | undefined> {
  let generation = 0;
  const see = (message: NetlinkMessage): void => void (generation = message.generation);
  const tables = await ask(open, NFT.getTable, table, TABLE.name, see);
  if (tables.length === 0) return undefined;
  const chains = await ask(open, NFT.getChain, table, CHAIN.table, see);
  const rules = await ask(open, NFT.getRule, table, RULE.table, see);
  const sets = await ask(open, NFT.getSet, table, SET.table, see);
  const ourChains = chains.filter((chain) => isOurChain(nameIn(chain.get(CHAIN.name))));
  const ourRules = rules.filter((rule) => isOurChain(nameIn(rule.get(RULE.chain))));
  const strangers = chains
    .map((chain) => nameIn(chain.get(CHAIN.name)))
    .filter((name) => !isOurChain(name));
  const ourSets = sets.filter((set) => parseSetName(nameIn(set.get(SET.name))) !== undefined);
  const lines = [
    ...tables.map((attributes) => `table ${hex(attributes.get(TABLE.flags))}`),
    ...ourChains.map(chainLine).sort(),
    ...strangers.map((name) => `stranger ${name}`).sort(),
    ...ourRules.map(ruleLine),
    ...ourSets.map(setLine).sort(),
    ...(await readPortMap(
      open,
      table,
      sets.map((set) => nameIn(set.get(SET.name))),
    )),
  ];
  const structure = {
    ...hookOf(ourChains.find((chain) => nameIn(chain.get(CHAIN.name)) === BASE_CHAIN)),
    dormant: tables.some((one) => ((numberIn(one.get(TABLE.flags)) ?? 0) & DORMANT) !== 0),
    rules: ourRules.length,
    sets: ourSets.length,
    strangers,
  };
  return { text: lines.join("\n"), generation, structure };
}

function hookOf(
  base: Attributes | undefined,
): Pick<TableStructure, "hook" | "priority" | "policy"> {
  const hook = base?.get(CHAIN.hook);
  const place = hook === undefined ? undefined : attributesOf(hook);
  const number = numberIn(place?.get(HOOK.number));
  const policy = numberIn(base?.get(CHAIN.policy));
  return {
    hook: number === undefined ? undefined : HOOKS[number],
    priority: numberIn(place?.get(HOOK.priority)),
    policy: policy === undefined ? undefined : policy === ACCEPT ? "accept" : "drop",
  };
}

function numberIn(value: Buffer | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : value.readInt32BE(0);
}

type Attributes = ReadonlyMap<number, Buffer>;

async function ask(
  open: OpenNetlink,
  type: number,
  table: string,
  tableAttribute: number,
  see?: (message: NetlinkMessage) => void,
): Promise<readonly Attributes[]> {
  const found: Attributes[] = [];
  const request: NetlinkRequest = {
    type,
    ask: "dump",
    attributes: [encodeName(tableAttribute, table)],
  };
  for await (const messages of query(open, request)) {
    for (const message of messages) {
      see?.(message);
      // Copy what is kept, because the datagram's memory is reused.
      const attributes = attributesOf(Buffer.from(message.attributes));
      // Some kernels ignore the table filter of a dump.
      if (nameIn(attributes.get(tableAttribute)) === table) found.push(attributes);
    }
  }
  return found;
}

/** Reads which port leads to which chain. Sorted, because the kernel's hash table has no order. */
async function readPortMap(
  open: OpenNetlink,
  table: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of names.filter((text) => text.startsWith("__map"))) {
    for await (const messages of query(open, dumpElements(table, name))) {
      for (const message of messages) {
        const list = attributesOf(message.attributes).get(LIST_ELEMENTS);
        if (list === undefined) continue;
        for (const element of listItems(list)) lines.push(`port ${element}`);
      }
    }
  }
  return lines.sort();
}

function listItems(list: Buffer): readonly string[] {
  const items: string[] = [];
  let offset = 0;
  while (offset + 4 <= list.length) {
    const length = list.readUInt16LE(offset);
    if (length < 4) break;
    items.push(hex(list.subarray(offset + 4, offset + length)));
    offset += (length + 3) & ~3;
  }
  return items;
}

function chainLine(chain: Attributes): string {
  const parts = [CHAIN.hook, CHAIN.policy, CHAIN.type].map((type) => hex(chain.get(type)));
  return `chain ${nameIn(chain.get(CHAIN.name))} ${parts.join(" ")}`;
}

function ruleLine(rule: Attributes): string {
  const expressions = rule.get(RULE.expressions)?.toString("latin1") ?? "";
  const stable = Buffer.from(expressions.replace(ANONYMOUS, "__map"), "latin1");
  return `rule ${nameIn(rule.get(RULE.chain))} ${hex(stable)}`;
}

function setLine(set: Attributes): string {
  return `set ${nameIn(set.get(SET.name))} ${SET.compared.map((type) => hex(set.get(type))).join(" ")}`;
}

function hex(value: Buffer | undefined): string {
  return value === undefined ? "-" : value.toString("hex");
}
