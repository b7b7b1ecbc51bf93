/**
 * Determines from the rules of a table what happens to packets whose source address is in a set. Pure. Claims a drop
 * only where it follows a rule from a hook to a verdict; what it does not understand counts as a condition.
 */
import { isRecord } from "../../domain/json.ts";
import { type Chain, listOf, type TableListing } from "./table-listing.ts";

/** A rule that stops packets of the set. */
export interface Stop {
  readonly verdict: "drop" | "reject";
  /** The base chain from which packets reach the rule. */
  readonly chain: string;
  readonly hook: string;
  readonly priority: number;
  /** Whether the rule, or one on the way to it, has other conditions. */
  readonly isConditional: boolean;
}

export interface SetUsage {
  /** Whether any rule of the table names the set. */
  readonly isNamed: boolean;
  readonly stops: readonly Stop[];
}

/** Hooks that packets from other hosts pass. */
const HOOKS: ReadonlySet<string> = new Set(["ingress", "prerouting", "input", "forward"]);
/** Statements that decide nothing. */
const NEUTRAL: ReadonlySet<string> = new Set(["counter", "log", "comment"]);

export function readUsage({ chains }: TableListing, set: string): SetUsage {
  const rules = chains.flatMap((chain) => chain.rules.map((rule) => ({ chain, rule })));
  const naming = rules.filter(({ rule }) => JSON.stringify(rule).includes(`"@${set}"`));
  const stops = naming.flatMap(({ chain, rule }) => {
    const match = rule.find((statement) => isSourceIn(statement, set));
    const verdict = verdictOf(rule, chains, []);
    if (match === undefined || verdict === undefined) return [];
    const isConditional = conditionsIn(rule).some((statement) => statement !== match);
    return basesOf(chain, chains).map((base) => ({
      ...{ verdict, chain: base.chain.name, hook: base.chain.hook ?? "" },
      ...{ priority: base.chain.priority, isConditional: isConditional || base.isConditional },
    }));
  });
  return { isNamed: naming.length > 0, stops };
}

/** Returns whether a statement is `ip saddr @SET` or `ip6 saddr @SET`. */
function isSourceIn(statement: unknown, set: string): boolean {
  const match = isRecord(statement) ? statement["match"] : undefined;
  if (!isRecord(match) || match["right"] !== `@${set}`) return false;
  const { op, left } = match;
  const payload = isRecord(left) ? left["payload"] : undefined;
  if (op !== "==" || !isRecord(payload)) return false;
  return payload["field"] === "saddr" && /^ip6?$/.test(String(payload["protocol"]));
}

/** Returns the verdict with which every packet that matches ends; undefined: some may pass. `seen`: chains on the way. */
function verdictOf(
  rule: readonly unknown[],
  chains: readonly Chain[],
  seen: readonly string[],
): Stop["verdict"] | undefined {
  const last = rule.at(-1);
  if (!isRecord(last)) return undefined;
  if ("drop" in last) return "drop";
  if ("reject" in last) return "reject";
  const target = targetOf(last);
  const chain = chains.find(({ name }) => name === target);
  if (chain === undefined || seen.includes(chain.name)) return undefined;
  // Conditions inside the chain may accept some packets, so only what comes before them is followed.
  const first = chain.rules.find((inner) => !isNeutral(inner));
  if (first === undefined || conditionsIn(first).length > 0) return undefined;
  return verdictOf(first, chains, [...seen, chain.name]);
}

function isNeutral(rule: readonly unknown[]): boolean {
  return rule.every(
    (statement) => isRecord(statement) && NEUTRAL.has(Object.keys(statement)[0] ?? ""),
  );
}

/** Returns the statements that a packet must match, or that are not known. */
function conditionsIn(rule: readonly unknown[]): readonly unknown[] {
  return rule.filter((statement) => {
    const [name = ""] = isRecord(statement) ? Object.keys(statement) : [];
    return !NEUTRAL.has(name) && !/^(?:drop|reject|jump|goto)$/.test(name);
  });
}

function targetOf(statement: Readonly<Record<string, unknown>>): unknown {
  const jump = statement["jump"] ?? statement["goto"];
  return isRecord(jump) ? jump["target"] : undefined;
}

interface Base {
  readonly chain: Chain;
  readonly isConditional: boolean;
}

/** Returns the base chains whose packets reach a chain. Visits each chain at most twice. */
function basesOf(start: Chain, chains: readonly Chain[]): readonly Base[] {
  const bases: Base[] = [];
  const seen = new Map<string, "always" | "sometimes">();
  const due: Base[] = [{ chain: start, isConditional: false }];
  for (let one = due.pop(); one !== undefined; one = due.pop()) {
    const { chain, isConditional } = one;
    const before = seen.get(chain.name);
    if (before === "always" || (isConditional && before !== undefined)) continue;
    seen.set(chain.name, isConditional ? "sometimes" : "always");
    if (chain.hook !== undefined) {
      if (chain.type === "filter" && HOOKS.has(chain.hook)) bases.push(one);
      continue;
    }
    for (const caller of chains)
      for (const rule of caller.rules)
        if (mentions(rule, chain.name))
          due.push({
            chain: caller,
            isConditional: isConditional || conditionsIn(rule).length > 0,
          });
  }
  return bases.filter(
    ({ chain, isConditional }) => !isConditional || seen.get(chain.name) !== "always",
  );
}

/** Returns whether a jump to this chain is anywhere in a statement, such as in a verdict map. */
function mentions(value: unknown, chain: string): boolean {
  if (Array.isArray(value)) return listOf(value).some((one) => mentions(one, chain));
  if (!isRecord(value)) return false;
  return targetOf(value) === chain || Object.values(value).some((one) => mentions(one, chain));
}

/** Formats what happens to packets of a set, for proofs. */
export function describeStops(set: string, stops: readonly Stop[]): string {
  const each = stops.map(({ verdict, chain, hook, priority, isConditional }) => {
    const condition = isConditional ? " under further conditions" : "";
    return `${verdict} in chain ${chain} at ${hook} ${priority}${condition}`;
  });
  return `set ${set}: ${[...new Set(each)].join(", ")}`;
}
