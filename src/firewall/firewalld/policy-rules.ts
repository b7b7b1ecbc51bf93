/**
 * Drops or rejects packets by rich rules in two policies of firewalld, which come before those of every zone: one for
 * this host and one for what it forwards. firewalld accepts packets of open connections before all policies. The sets
 * are in firewalld's table of nftables.
 */
import { portsOf } from "../../domain/port-scope.ts";
import { runProgram } from "../../host/process/run-program.ts";
import { type Bus, PERMANENT, RUNTIME, stringsIn } from "./bus.ts";
import type { KernelState, Rules } from "./rules.ts";
import { NAME_PREFIX, type SetKey, setNamesOf } from "./set-name.ts";

interface Policy {
  readonly name: string;
  readonly egress: "HOST" | "ANY";
  /** The chain of firewalld's table that has its rich rules that drop or reject. */
  readonly chain: string;
}

const POLICIES: readonly Policy[] = [
  { name: `${NAME_PREFIX}in`, egress: "HOST", chain: `filter_IN_policy_${NAME_PREFIX}in_deny` },
  {
    name: `${NAME_PREFIX}through`,
    egress: "ANY",
    chain: `filter_FWD_policy_${NAME_PREFIX}through_deny`,
  },
];

/** Policies with a negative priority come before all zones; this one is before those that administrators use. */
const PRIORITY = "-30000";
const TIMEOUT_MILLISECONDS = 30_000;

export type Verdict = "drop" | "reject";

export function createPolicyRules(bus: Bus, nft: string, verdict: Verdict): Rules {
  const textsOf = (keys: readonly SetKey[]): readonly string[] =>
    keys.flatMap((key) => rulesOf(key, verdict)).toSorted();
  const write = async (keys: readonly SetKey[]): Promise<boolean> => {
    let isChanged = false;
    for (const policy of POLICIES) {
      const path = await permanentPath(bus, policy);
      const texts = textsOf(keys);
      if (path !== undefined && isEqual(await permanentRules(bus, path), texts)) continue;
      isChanged = true;
      if (path === undefined) await add(bus, policy, texts);
      else await update(bus, path, texts);
    }
    return isChanged;
  };
  return {
    kind: "policy",
    place: "rich rules in policies, after packets of open connections were accepted",
    readKernel: () => readKernel(nft, verdict),
    // firewalld checks rich rules before it takes them, so that they cannot make a reload fail.
    beforeReload: async (keys) => void (await write(keys)),
    repair: async (keys) => {
      const isChanged = await write(keys);
      for (const policy of POLICIES)
        if (!isEqual(await runtimeRules(bus, policy), textsOf(keys))) return "reload";
      return isChanged ? "repaired" : "unchanged";
    },
    removePermanent: async () => {
      let existed = false;
      for (const policy of POLICIES) {
        const object = await permanentPath(bus, policy);
        if (object === undefined) continue;
        await bus.call({ object, method: "config.policy.remove" });
        existed = true;
      }
      return existed;
    },
  };
}

function rulesOf(key: SetKey, verdict: Verdict): readonly string[] {
  const ports = portsOf(key.scope);
  const matches =
    ports.length === 0
      ? [""]
      : ports.map(({ protocol, number }) => `port port="${number}" protocol="${protocol}" `);
  return setNamesOf(key).flatMap((name) =>
    matches.map((match) => `rule family="${key.family}" source ipset="${name}" ${match}${verdict}`),
  );
}

async function permanentPath(bus: Bus, { name }: Policy): Promise<string | undefined> {
  const names = stringsIn(await bus.call({ object: PERMANENT, method: "config.getPolicyNames" }));
  if (!names.includes(name)) return undefined;
  const call = { object: PERMANENT, method: "config.getPolicyByName", signature: "s" };
  return String(await bus.call({ ...call, args: [name] }));
}

async function permanentRules(bus: Bus, object: string): Promise<readonly string[]> {
  return richRulesIn(await bus.call({ object, method: "config.policy.getSettings" }));
}

async function runtimeRules(bus: Bus, { name }: Policy): Promise<readonly string[]> {
  const names = stringsIn(await bus.call({ object: RUNTIME, method: "policy.getPolicies" }));
  if (!names.includes(name)) return [];
  const call = { object: RUNTIME, method: "policy.getPolicySettings", signature: "s" };
  return richRulesIn(await bus.call({ ...call, args: [name] }));
}

/** Returns the rich rules in settings of type "a{sv}", sorted. */
function richRulesIn(settings: unknown): readonly string[] {
  const { rich_rules: rules } = settings as { readonly rich_rules?: { readonly data?: unknown } };
  return stringsIn(rules?.data).toSorted();
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, i) => text === b[i]);
}

async function add(bus: Bus, { name, egress }: Policy, rules: readonly string[]): Promise<void> {
  await bus.call({
    object: PERMANENT,
    method: "config.addPolicy",
    signature: "sa{sv}",
    args: [
      ...[name, "6", "description", "s", "Refuses addresses that bailiff bans"],
      ...["target", "s", "CONTINUE", "priority", "i", PRIORITY],
      ...["ingress_zones", "as", "1", "ANY", "egress_zones", "as", "1", egress],
      ...["rich_rules", "as", String(rules.length), ...rules],
    ],
  });
}

async function update(bus: Bus, object: string, rules: readonly string[]): Promise<void> {
  const args = ["1", "rich_rules", "as", String(rules.length), ...rules];
  await bus.call({ object, method: "config.policy.update", signature: "a{sv}", args });
}

async function readKernel(nft: string, verdict: Verdict): Promise<KernelState> {
  const argv = [nft, "-j", "list", "table", "inet", "firewalld"];
  const end = await runProgram({ argv, input: "", timeoutMilliseconds: TIMEOUT_MILLISECONDS });
  const isAbsent = !end.ok && /No such file/.test(end.error);
  if (!end.ok && !isAbsent) throw new Error(`cannot read the firewall: ${end.error}`);
  const { nftables } = isAbsent ? { nftables: [] } : JSON.parse(end.output);
  return readTable(nftables, verdict);
}

/** Parses objects of `nft --json list table` (libnftables-json(5)). */
export function readTable(objects: readonly NftObject[], verdict: Verdict): KernelState {
  const entries = new Map<string, ReadonlySet<string>>();
  const rules = new Set<string>();
  for (const { set, rule } of objects) {
    if (set?.name.startsWith(NAME_PREFIX) === true)
      entries.set(set.name, new Set((set.elem ?? []).map(entryOf)));
    const text = rule === undefined ? undefined : ruleText(rule.expr);
    if (text !== undefined) rules.add(`${rule?.chain} ${text}`);
  }
  const has = (chain: string, text: string): boolean => rules.has(`${chain} ${text}`);
  return {
    entries,
    guards: (key) => {
      const ports = portsOf(key.scope);
      const matches = ports.length === 0 ? [""] : ports.map((p) => `${p.protocol} ${p.number} `);
      return POLICIES.every(({ chain }) =>
        setNamesOf(key).every((name) =>
          matches.every((match) => has(chain, `@${name} ${match}${verdict}`)),
        ),
      );
    },
  };
}

export interface NftObject {
  readonly set?: { readonly name: string; readonly elem?: readonly NftElement[] };
  readonly rule?: { readonly chain: string; readonly expr: readonly NftExpression[] };
}

type NftElement =
  | string
  | { readonly prefix: { readonly addr: string; readonly len: number } }
  | { readonly range: readonly string[] };

interface NftExpression {
  readonly match?: {
    readonly left?: { readonly payload?: { readonly protocol?: string; readonly field?: string } };
    readonly right?: unknown;
  };
  readonly drop?: null;
  readonly reject?: unknown;
}

function entryOf(element: NftElement): string {
  if (typeof element === "string") return element;
  // A range is none of ours, and equals no entry.
  if (!("prefix" in element)) return element.range.join("-");
  return `${element.prefix.addr}/${element.prefix.len}`;
}

/** Returns "@bailiff-v4-32-a tcp 22 drop"; undefined: it has parts that no rule of ours has. */
function ruleText(expressions: readonly NftExpression[]): string | undefined {
  const words = expressions.map((expression) => {
    if ("drop" in expression) return "drop";
    if ("reject" in expression) return "reject";
    const { left, right } = expression.match ?? {};
    const { protocol, field } = left?.payload ?? {};
    if (field === "saddr") return String(right);
    return field === "dport" ? `${protocol} ${String(right)}` : undefined;
  });
  return words.includes(undefined) ? undefined : words.join(" ");
}
