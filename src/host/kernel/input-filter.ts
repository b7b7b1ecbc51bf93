/**
 * Judges how the host's packet filter treats a new connection to a port. Walks the chains of `nft -j list ruleset` as
 * the kernel would, for a packet of which only protocol, port and state are known. A rule that depends on more (a
 * source, a rate) makes the answer "limited"; a rule that cannot be read makes it "unclear".
 */
import type { InputFilterFacts } from "../../domain/host-facts.ts";

export interface FilteredPort {
  readonly port: number;
  readonly family: "ipv4" | "ipv6";
}

/** Tables that are left out: those of bailiff, which drop only banned addresses. */
const OWN_TABLES = /^bailiff/;
const MAX_JUMPS = 16;

interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string | undefined;
  readonly type: string | undefined;
  readonly policy: string;
  readonly rules: (readonly unknown[])[];
}

export function judgeInputFilter(
  ruleset: unknown,
  { port, family }: FilteredPort,
): InputFilterFacts {
  const chains = readChains(ruleset);
  const families = family === "ipv4" ? ["ip", "inet"] : ["ip6", "inet"];
  const base = chains.filter(
    (chain) =>
      (chain.hook === "input" || chain.hook === "prerouting") &&
      chain.type === "filter" &&
      families.includes(chain.family) &&
      !OWN_TABLES.test(chain.table),
  );
  const walks = base.map((chain) => ({ chain, end: walkBase(chain, chains, { port, family }) }));
  const worst = ORDER.find((verdict) => walks.some(({ end }) => end === verdict)) ?? "open";
  return {
    verdict: worst,
    evidence: walks.flatMap(({ chain, end }) =>
      chain.hook === "input" || end !== "open" ? [describe(chain, end, { port, family })] : [],
    ),
  };
}

/** Verdicts, the strictest first. The strictest of several chains decides, because a packet has to pass them all. */
const ORDER = ["closed", "unclear", "limited", "accepted", "open"] as const;

type Verdict = InputFilterFacts["verdict"];

/** Appended to a port when the answer is for IPv6. */
export const IPV6_MARK = " (IPv6)";

function describe(
  { family, table, name, policy }: Chain,
  end: Verdict,
  packet: FilteredPort,
): string {
  const port = `port ${packet.port}${packet.family === "ipv6" ? IPV6_MARK : ""}`;
  const what = {
    open: `lets ${port} through`,
    accepted: `a rule accepts ${port}`,
    limited: `${port} is accepted from some sources or at some rate only`,
    closed: `${port} is not accepted`,
    unclear: `rules about ${port} cannot be read`,
  }[end];
  return `chain ${family} ${table} ${name} (policy ${policy}): ${what}`;
}

/** The certain end of a walk through a chain, and the other possible ends. */
interface Walk {
  end: "accept" | "drop" | "continue";
  mayAccept: boolean;
  mayDrop: boolean;
  unread: boolean;
}

function walkBase(chain: Chain, chains: readonly Chain[], packet: FilteredPort): Verdict {
  const walk: Walk = { end: "continue", mayAccept: false, mayDrop: false, unread: false };
  follow(chain, { chains, packet, walk }, 0);
  const { end, mayAccept, mayDrop, unread } = walk;
  const dropped = end === "drop" || (end === "continue" && chain.policy === "drop");
  if (dropped) return unread ? "unclear" : mayAccept ? "limited" : "closed";
  if (mayDrop) return "limited";
  if (unread && end === "continue") return "unclear";
  return end === "accept" && chain.policy === "drop" ? "accepted" : "open";
}

interface Walking {
  readonly chains: readonly Chain[];
  readonly packet: FilteredPort;
  readonly walk: Walk;
}

function follow(chain: Chain, walking: Walking, depth: number): void {
  const { walk } = walking;
  if (depth > MAX_JUMPS) {
    walk.unread = true;
    return;
  }
  for (const rule of chain.rules) {
    if (apply(rule, chain, walking, depth) === "return") return;
    if (walk.end !== "continue") return;
  }
}

type Certainty = "yes" | "no" | "maybe" | "unread";

function apply(
  rule: readonly unknown[],
  chain: Chain,
  walking: Walking,
  depth: number,
): "return" | undefined {
  const { chains, packet, walk } = walking;
  let certain: Certainty = "yes";
  /** Whether the rule excludes some sources ("ip saddr != 10.0.0.0/8 drop"), so that it drops all others. */
  let allButSome = false;
  for (const expression of rule) {
    const [kind, value] = entryOf(expression);
    if (kind === "match") {
      const matched = match(value, packet);
      if (matched === "no") return undefined;
      if (matched !== "yes") certain = certain === "unread" ? certain : matched;
      allButSome ||= matched === "maybe" && field(value, "op") === "!=";
    } else if (kind === "limit" || kind === "quota") certain = "maybe";
    else if (kind === "xt" || kind === "queue") certain = "unread";
    else if (kind === "vmap") {
      applyVerdictMap(value, walking, chain, depth);
      if (walk.end !== "continue") return undefined;
    } else if (kind === "accept" || kind === "drop" || kind === "reject") {
      conclude(walk, kind === "accept" ? "accept" : "drop", certain, allButSome);
    } else if (kind === "jump" || kind === "goto") {
      const target = chainNamed(chains, chain, field(value, "target"));
      if (target === undefined) continue;
      if (certain === "yes") follow(target, walking, depth + 1);
      else followPerhaps(target, walking, depth + 1, certain);
      if (kind === "goto" && certain === "yes") return "return";
    } else if (kind === "return" && certain === "yes") return "return";
  }
  return undefined;
}

function conclude(
  walk: Walk,
  end: "accept" | "drop",
  certain: Certainty,
  allButSome: boolean,
): void {
  if (certain === "yes") walk.end = end;
  else if (certain === "unread") walk.unread = true;
  else if (end === "accept") walk.mayAccept = true;
  // A rule that drops listed sources is a block-list: all others still pass.
  else if (allButSome) walk.mayDrop = true;
}

/** Follows a jump that only some packets take, so its effects are possible, not certain. */
function followPerhaps(
  target: Chain,
  walking: Walking,
  depth: number,
  certain: "maybe" | "unread" | "no",
): void {
  const inner: Walk = { end: "continue", mayAccept: false, mayDrop: false, unread: false };
  follow(target, { ...walking, walk: inner }, depth);
  const { walk } = walking;
  walk.mayAccept ||= inner.mayAccept || inner.end === "accept";
  walk.unread ||= inner.unread || (certain === "unread" && inner.end !== "continue");
}

function applyVerdictMap(value: unknown, walking: Walking, chain: Chain, depth: number): void {
  const key = field(value, "key");
  for (const pair of list(field(field(value, "data"), "set"))) {
    const [element, verdict] = list(pair);
    const matched = match({ op: "==", left: key, right: element }, walking.packet);
    if (matched === "yes" || matched === "maybe") {
      const condition = matched === "maybe" ? [{ limit: {} }] : [];
      apply([...condition, verdict], chain, walking, depth);
      if (walking.walk.end !== "continue") return;
    }
  }
}

/** Matches a new TCP connection to the port, from outside, over an interface that is not loopback. */
function match(value: unknown, { port, family }: FilteredPort): Certainty {
  const [left, right] = [field(value, "left"), field(value, "right")];
  const invert = field(value, "op") === "!=";
  const answer = (holds: boolean): Certainty => (holds !== invert ? "yes" : "no");
  const payload = field(left, "payload");
  const [protocol, name] = [field(payload, "protocol"), field(payload, "field")];
  if ((protocol === "tcp" || protocol === "th") && name === "dport")
    return answer(holdsNumber(right, port));
  if (protocol === "udp" || protocol === "icmp" || protocol === "icmpv6") return "no";
  if (protocol === "ip" && family !== "ipv4") return "no";
  if (protocol === "ip6" && family !== "ipv6") return "no";
  const meta = field(field(left, "meta"), "key");
  const isProtocol =
    meta === "l4proto" ||
    (protocol === "ip" && name === "protocol") ||
    (protocol === "ip6" && name === "nexthdr");
  if (isProtocol) return answer(holdsWord(right, ["tcp", 6]));
  if (meta === "nfproto" || meta === "protocol")
    return answer(holdsWord(right, family === "ipv4" ? ["ipv4", "ip"] : ["ipv6", "ip6"]));
  if (meta === "iif" || meta === "iifname") return right === "lo" ? answer(false) : "maybe";
  if (field(field(left, "ct"), "key") === "state") return answer(holdsWord(right, ["new"]));
  if (name === "saddr" && isEverywhere(right)) return answer(true);
  return "maybe";
}

function isEverywhere(right: unknown): boolean {
  return field(field(right, "prefix"), "len") === 0;
}

function holdsWord(right: unknown, words: readonly unknown[]): boolean {
  return alternatives(right).some((word) => words.includes(word));
}

function holdsNumber(right: unknown, port: number): boolean {
  return alternatives(right).some((element) => {
    const [low, high] = list(field(element, "range"));
    return typeof low === "number" && typeof high === "number"
      ? low <= port && port <= high
      : element === port;
  });
}

/** Returns the alternatives: one value, a set of them, or flags joined by "or" (as a list). */
function alternatives(right: unknown): readonly unknown[] {
  if (Array.isArray(right)) return right;
  const set = field(right, "set");
  return Array.isArray(set) ? set : [right];
}

function readChains(ruleset: unknown): readonly Chain[] {
  const chains: Chain[] = [];
  for (const item of list(field(ruleset, "nftables"))) {
    const chain = field(item, "chain");
    if (chain !== undefined)
      chains.push({
        family: text(field(chain, "family")) ?? "",
        table: text(field(chain, "table")) ?? "",
        name: text(field(chain, "name")) ?? "",
        hook: text(field(chain, "hook")),
        type: text(field(chain, "type")),
        policy: text(field(chain, "policy")) ?? "accept",
        rules: [],
      });
    const rule = field(item, "rule");
    if (rule === undefined) continue;
    const home = chains.find(
      ({ family, table, name }) =>
        family === field(rule, "family") &&
        table === field(rule, "table") &&
        name === field(rule, "chain"),
    );
    home?.rules.push(list(field(rule, "expr")));
  }
  return chains;
}

function chainNamed(chains: readonly Chain[], from: Chain, name: unknown): Chain | undefined {
  return chains.find(
    (chain) => chain.family === from.family && chain.table === from.table && chain.name === name,
  );
}

function entryOf(expression: unknown): readonly [string, unknown] {
  if (typeof expression !== "object" || expression === null) return ["", undefined];
  return Object.entries(expression)[0] ?? ["", undefined];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
