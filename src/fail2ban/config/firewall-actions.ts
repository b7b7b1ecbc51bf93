/**
 * Decides which enforcer can replace an action of fail2ban. Enforcers replace actions that only close ports to banned
 * addresses. Any other action runs as written.
 */
import { namesInUseWith } from "./names-in-use.ts";
import { ACTION_KEYS } from "./option-keys.ts";
import type { Layers } from "./layers.ts";
import type { Definition } from "./read-definition.ts";
import {
  digestAction,
  type FirewallTool,
  type StockAction,
  type StockActions,
} from "./stock-actions.ts";

/** "auto": whichever packet filter this host has does what the action did. */
export type ReplacingEnforcer = "auto" | "iptables" | "route";

export type FirewallUse =
  | {
      readonly kind: "replaced";
      readonly enforcer: ReplacingEnforcer;
      /** Port names and numbers with protocol ("53/udp"); "all": every port. */
      readonly ports: readonly string[] | "all";
      /** Differences from the original action. */
      readonly notes: readonly string[];
    }
  /** The action runs as written; `reason` is set if it resembles a stock firewall action. */
  | { readonly kind: "as written"; readonly reason?: string };

export interface FirewallAction {
  /** Name of its file in action.d, without extension. */
  readonly file: string;
  readonly layers: Layers;
  readonly args: ReadonlyMap<string, string>;
  readonly definition: Definition;
}

/** A longer range of ports closes all ports instead of listing each. */
const MAX_LISTED_PORTS = 64;
/** Options of any action that do not change which addresses it blocks. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...["actname", "timeout", "actionstart_on_demand", "actionrepair_on_unban"],
]);
const LOOKS_STOCK = /^(?:iptables|nftables|firewallcmd|ufw$|route$|shorewall)/;
const LOOKS_FOREIGN = /^(?:pf|ipfw|bsd-ipfw|npf|ipfilter|osx-\w+)$/;
const NOT_LINUX = "it needs a firewall that Linux does not have";

export function firewallUse(action: FirewallAction, stock: StockActions): FirewallUse {
  const { file, layers } = action;
  const known = stock.get(digestAction(layers));
  if (known === undefined) {
    const edited = "edited, or of another release";
    if (LOOKS_FOREIGN.test(file))
      return { kind: "as written", reason: `${edited}; ${NOT_LINUX}: set another banaction` };
    return LOOKS_STOCK.test(file) ? { kind: "as written", reason: edited } : { kind: "as written" };
  }
  const reason = whyAsWritten(action, known);
  return reason === undefined ? replace(action, known) : { kind: "as written", reason };
}

/** Values that close the port to the banned address only. */
const DROPS = /^(?:DROP|REJECT(?:\s+--reject-with\s+\S+)?)$/i;
const NO_EXPIRY = /^(?:0|<bantime>|<timeout-bantime>)$/;
const PROTOCOL = /^(?:tcp|udp|all)(?:[\s,]+(?:tcp|udp))*$/i;
const ANY = /(?:)/;
const IPTABLES: Parameters = {
  chain: /^(?:INPUT|FORWARD|DOCKER-USER)$/,
  blocktype: DROPS,
  returntype: /^RETURN$/,
  lockingopt: /^(?:(?:-w|--wait)(?:\s+\d+)?)?$/,
  protocol: PROTOCOL,
  type: /^(?:oneport|multiport|allports)$/,
  ipsettime: NO_EXPIRY,
  "default-ipsettime": NO_EXPIRY,
  maxelem: /^\d+$/,
};
const FIREWALLD: Parameters = {
  ...IPTABLES,
  chain: /^INPUT(?:_direct)?$/,
  rejecttype: /^[\w-]+$/,
  "rich-blocktype": /^(?:drop|reject\b[^$`;|&]*)$/,
  // Empty: the rule matches packets of every port.
  actiontype: /^(?:<(?:multiport|allports)>)?$/,
};

type Parameters = Readonly<Record<string, RegExp>>;

const JUDGED_BY: Readonly<Record<FirewallTool, Parameters>> = {
  iptables: IPTABLES,
  nftables: {
    // Any name: the chain is the action's own, in its own table.
    chain: /^[\w.-]+$/,
    blocktype: /^(?:drop|reject(?:\s+with\s+[\w\s-]+)?)$/i,
    protocol: PROTOCOL,
    type: /^(?:multiport|allports)$/,
    // Another table of the family inet is the action's own too.
    table: /^[\w.-]+$/,
    chain_hook: /^input$/,
    chain_priority: /^-?\d+$/,
  },
  firewalld: FIREWALLD,
  "firewalld ipset": FIREWALLD,
  "firewalld rich": FIREWALLD,
  ufw: {
    add: /^(?:prepend|insert\s+\d+)$/,
    blocktype: /^(?:reject|deny|drop)$/i,
    destination: /^any$/,
    application: /^$/,
  },
  route: { blocktype: /^(?:unreachable|blackhole|prohibit)$/ },
  shorewall: { blocktype: /^(?:reject|drop)$/i },
  pf: {
    block: /^block\b/,
    protocol: PROTOCOL,
    actiontype: /^<(?:multiport|allports)>$/,
    tablename: ANY,
  },
  ipfw: {
    blocktype: /^(?:deny|drop|reject|reset6?|unreach6?\s.+)$/,
    ...{ localhost: ANY, dst: ANY, block: /^(?:ip|tcp)$/, table: ANY, setnum: ANY },
  },
  "other BSD": { tablename: ANY, blocktype: ANY },
};
const FOREIGN: ReadonlySet<FirewallTool> = new Set(["pf", "ipfw", "other BSD"]);
/** Parameters that may have any value. */
const FREE: ReadonlySet<string> = new Set(["name", "port", "comment"]);

/** Returns why the action must run as written; undefined: an enforcer can replace it. */
function whyAsWritten(
  { layers, args, definition }: FirewallAction,
  { tool, special }: StockAction,
): string | undefined {
  if (special !== undefined) return special;
  const judged = JUDGED_BY[tool];
  const used = namesInUseWith(layers, args, ACTION_KEYS);
  for (const [key, value] of args) {
    const [name = key] = key.split("?");
    if (HARMLESS.has(name) || FREE.has(name) || judged[name] !== undefined) continue;
    const isOption = ACTION_KEYS.some((one) => one === name);
    if (isOption || used.has(name)) return `${key} = ${value}`;
  }
  const { init, values } = definition;
  for (const [key, filled] of values) {
    const [name = key] = key.split("?");
    // For these parameters, the reference as written matters, not its value.
    const raw = name === "actiontype" || name.endsWith("ipsettime") ? init.get(key) : undefined;
    const value = (raw ?? filled).trim();
    if (used.has(name) && judged[name]?.test(value) === false) return `${key} = ${value}`;
  }
  return undefined;
}

function replace(action: FirewallAction, stock: StockAction): FirewallUse {
  const { values } = action.definition;
  const { ports, notes } = closedPorts(action, stock);
  const chain = stock.tool === "iptables" ? (values.get("chain") ?? "INPUT") : "INPUT";
  const isForwarded = chain !== "INPUT";
  return {
    kind: "replaced",
    enforcer: enforcerFor(stock, isForwarded && ports !== "all"),
    ports,
    notes: [
      ...notesOn(action, stock),
      ...(isForwarded ? [`chain = ${chain}: packets to this host itself are dropped too`] : []),
      ...notes,
    ],
  };
}

/**
 * `afterTranslation`: whether the action compares ports behind the translation of destinations. The nftables enforcer
 * comes before it, and the one of iptables knows both.
 */
function enforcerFor({ tool }: StockAction, afterTranslation: boolean): ReplacingEnforcer {
  if (tool === "route") return "route";
  return afterTranslation ? "iptables" : "auto";
}

type Closed = Pick<FirewallUse & { readonly kind: "replaced" }, "ports" | "notes">;

function closedPorts({ definition }: FirewallAction, stock: StockAction): Closed {
  const { values, init } = definition;
  const hasType = stock.tool === "firewalld ipset" || stock.tool === "pf";
  const type = (hasType ? init.get("actiontype") : `<${values.get("type")}>`) ?? "";
  const protocols = wordsOf((values.get("protocol") ?? "tcp").toLowerCase());
  const ports = wordsOf(values.get("port") ?? "");
  const isUnlimited = stock.everything === true || (hasType && type === "");
  if (isUnlimited || protocols.includes("all") || ports.length === 0)
    return { ports: "all", notes: [] };
  if (type === "<allports>") {
    const only = protocols.join(" and ");
    return { ports: "all", notes: [`packets of every protocol are dropped, not only ${only}`] };
  }
  const listed: string[] = [];
  for (const port of ports) {
    const expanded = expandRange(port);
    if (expanded === undefined) return { ports: "all", notes: [wideRange(port)] };
    for (const one of expanded) for (const protocol of protocols) listed.push(`${one}/${protocol}`);
  }
  return { ports: [...new Set(listed)], notes: [] };
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

/** Returns each port of a range; undefined: more than MAX_LISTED_PORTS, so all ports are closed. */
function expandRange(port: string): readonly string[] | undefined {
  const range = /^(\d+)[:-](\d+)$/.exec(port);
  if (range === null) return [port];
  const [from, to] = [Number(range[1]), Number(range[2])];
  if (to - from >= MAX_LISTED_PORTS || to < from) return undefined;
  return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
}

function wideRange(port: string): string {
  return /^[01]:65535$/.test(port)
    ? "a ban closes every port"
    : `the range ${port} closes every port`;
}

function notesOn(
  { definition: { values } }: FirewallAction,
  { newOnly, tool }: StockAction,
): readonly string[] {
  const blocktype = values.get("blocktype") ?? values.get("rich-blocktype") ?? "";
  if (FOREIGN.has(tool)) return [`${NOT_LINUX}; bailiff's firewall makes its bans`];
  if (tool === "route")
    return blocktype === "blackhole"
      ? []
      : [`routes are of type blackhole; [enforcers.route] type = "${blocktype}" keeps its type`];
  return [
    ...(/reject/i.test(blocktype)
      ? ["packets are dropped without an answer, where the action rejects them"]
      : []),
    ...(newOnly === true
      ? ["connections that exist are cut off too, where the action blocks new ones only"]
      : []),
  ];
}
