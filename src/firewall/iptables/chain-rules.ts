/**
 * Formats our chains as input of `iptables-restore --noflush`, which applies all of it or nothing. Pure.
 *
 * Every covered chain first jumps to "bailiff", so that also packets of open connections pass it. Its rules match the
 * ports of a scope and then look the source address up in an ipset, or jump to a chain with one rule for each block.
 * Behind DNAT a packet carries the port of the container or of the redirected service, so the port that the client
 * dialed is looked up in the state of the connection ("bailiff-dnat").
 */
import { parseSubject, splitSubject, type Subject } from "../../domain/cidr.ts";
import type { Family } from "../../domain/ip.ts";
import { ALL_PORTS, type Port, portScope, portsOf } from "../../domain/port-scope.ts";
import { DNAT_CHAIN, JUMP, MAIN_CHAIN, type SavedFilter, VERDICT_CHAIN } from "./saved-filter.ts";
import { isScopeName, type ScopeKey, scopeNameOf } from "./scope-name.ts";
import type { Verdict } from "../verdict.ts";
import { verdictRules } from "./verdict.ts";

export interface ChainLayout {
  readonly family: Family;
  /** Where blocks are: in ipsets, or in chains of plain rules. */
  readonly blocksIn: "sets" | "chains";
  readonly scopes: readonly ScopeKey[];
  /** Chains that jump to ours, if they exist. */
  readonly covered: readonly string[];
  readonly verdict: Verdict;
  /** Whether addresses or ports of incoming packets are translated here. */
  readonly isTranslating: boolean;
}

/** Maximum number of ports in one multiport match (xt_multiport.h: XT_MULTI_PORTS). */
const MAX_MULTIPORTS = 15;

/** Chains that the kernel itself calls, so they are created when missing. */
const BUILT_IN: ReadonlySet<string> = new Set(["INPUT", "FORWARD", "OUTPUT"]);

/** Returns the input that makes the table as it must be, given its present state. Keeps all blocks. */
export function structureInput(layout: ChainLayout, saved: SavedFilter): string {
  const scopeChains = layout.blocksIn === "chains" ? layout.scopes.map(scopeNameOf) : [];
  return filterInput([
    // Declaring a chain empties it.
    ...fixedChains(layout).map(declare),
    ...scopeChains.filter((name) => !saved.ours.has(name)).map(declare),
    ...scopeChains.flatMap((name) => strangersIn(saved, name).map((spec) => `-D ${name} ${spec}`)),
    ...verdictRules(layout.verdict, layout.family).map((spec) => append(VERDICT_CHAIN, spec)),
    ...layout.scopes.flatMap((key) => scopeRules(key, layout)),
    ...(layout.isTranslating
      ? [append(MAIN_CHAIN, `-m conntrack --ctstate DNAT -j ${DNAT_CHAIN}`)]
      : []),
    ...coveredChains(layout, saved).flatMap((name) => [
      ...jumpsIn(saved, name).map((spec) => `-D ${name} ${spec}`),
      `-I ${name} 1 ${JUMP}`,
    ]),
  ]);
}

/** Returns the input that removes our chains that the layout does not contain; undefined: there are none. */
export function leftoverInput(layout: ChainLayout, saved: SavedFilter): string | undefined {
  const wanted = new Set([...fixedChains(layout), ...layout.scopes.map(scopeNameOf)]);
  const left = [...saved.ours.keys()].filter(
    (name) =>
      !wanted.has(name) || (layout.blocksIn === "sets" && !fixedChains(layout).includes(name)),
  );
  return left.length === 0 ? undefined : filterInput(removeChains(left));
}

/** Returns the input that removes everything of ours; undefined: there is nothing. */
export function removalInput(saved: SavedFilter): string | undefined {
  const chains = [...saved.ours.keys()];
  const jumps = [...saved.others].flatMap(([name, other]) =>
    [...other.jumps, ...other.uses].map((spec) => `-D ${name} ${spec}`),
  );
  if (chains.length === 0 && jumps.length === 0) return undefined;
  return filterInput([...jumps, ...removeChains(chains)]);
}

/** Returns the existing chains that must jump to ours. */
export function coveredChains(layout: ChainLayout, saved: SavedFilter): readonly string[] {
  return layout.covered.filter((name) => BUILT_IN.has(name) || saved.others.has(name));
}

/** Returns the covered chains whose first rule is not our jump. */
export function uncoveredChains(layout: ChainLayout, saved: SavedFilter): readonly string[] {
  return coveredChains(layout, saved).filter((name) => saved.others.get(name)?.first !== JUMP);
}

/** Describes the structure as text that changes with it, but not with blocks and counters. */
export function structureText(layout: ChainLayout, saved: SavedFilter): string {
  const fixed = [...saved.ours].map(([name, rules]) => {
    const isBlocks =
      layout.blocksIn === "chains" && layout.scopes.some((key) => scopeNameOf(key) === name);
    const specs = isBlocks ? strangersIn(saved, name) : rules.map(({ spec }) => spec);
    return [name, ...specs].join("\n");
  });
  const jumps = [...saved.others].flatMap(([name, { first, jumps: all }]) =>
    all.length === 0 ? [] : [[name, first === JUMP ? "first" : "", ...all].join("\n")],
  );
  return [...fixed, ...coveredChains(layout, saved), ...jumps].sort().join("\n\n");
}

function fixedChains({ isTranslating }: ChainLayout): readonly string[] {
  return [MAIN_CHAIN, VERDICT_CHAIN, ...(isTranslating ? [DNAT_CHAIN] : [])];
}

function scopeRules(key: ScopeKey, layout: ChainLayout): readonly string[] {
  const name = scopeNameOf(key);
  const block =
    layout.blocksIn === "sets"
      ? `-m set --match-set ${name} src -j ${VERDICT_CHAIN}`
      : `-j ${name}`;
  if (key.scope === ALL_PORTS) return [append(MAIN_CHAIN, block)];
  const ports = portsOf(key.scope);
  const plain = multiports(ports).map((match) => append(MAIN_CHAIN, `${match} ${block}`));
  if (!layout.isTranslating) return plain;
  const dialed = ports.map(({ protocol, number }) =>
    append(DNAT_CHAIN, `-p ${protocol} -m conntrack --ctorigdstport ${number} ${block}`),
  );
  return [...plain, ...dialed];
}

function multiports(ports: readonly Port[]): readonly string[] {
  return (["tcp", "udp"] as const).flatMap((protocol) => {
    const numbers = ports.filter((port) => port.protocol === protocol).map(({ number }) => number);
    const parts = Array.from({ length: Math.ceil(numbers.length / MAX_MULTIPORTS) }, (_, n) =>
      numbers.slice(n * MAX_MULTIPORTS, (n + 1) * MAX_MULTIPORTS),
    );
    return parts.map((part) => `-p ${protocol} -m multiport --dports ${part.join(",")}`);
  });
}

/** Returns the specification of the rule that blocks one subject in the chain of its scope. */
export function blockRule(subject: Subject): string {
  const { ip, prefix } = splitSubject(subject);
  return `-s ${ip}/${prefix} -j ${VERDICT_CHAIN}`;
}

/** Parses the specification of a rule in the chain of a scope; undefined: it is not ours. */
export function parseBlockRule(spec: string): Subject | undefined {
  const subject = parseSubject(/^-s (\S+) -j bailiff-verdict$/.exec(spec)?.[1] ?? "");
  return subject !== undefined && blockRule(subject) === spec ? subject : undefined;
}

/** Returns the rules of other programs in the chain of a scope. */
function strangersIn(saved: SavedFilter, chain: string): readonly string[] {
  const rules = saved.ours.get(chain) ?? [];
  return rules.map(({ spec }) => spec).filter((spec) => parseBlockRule(spec) === undefined);
}

const SCOPE_RULE =
  /^(?:-p (tcp|udp) -m multiport --dports ([\d,]+) )?(?:-m set --match-set (\S+) src -j bailiff-verdict|-j (\S+))$/;

/** Returns the scopes that our main chain has rules for. */
export function scopesIn(saved: SavedFilter, family: Family): readonly ScopeKey[] {
  const ports = new Map<string, Port[]>();
  for (const { spec } of saved.ours.get(MAIN_CHAIN) ?? []) {
    const [, protocol, list = "", set, chain] = SCOPE_RULE.exec(spec) ?? [];
    const name = set ?? chain;
    if (name === undefined || !isScopeName(name)) continue;
    const numbers = list.split(",").filter((text) => text !== "");
    ports
      .getOrInsertComputed(name, () => [])
      .push(
        ...numbers.map(
          (text): Port => ({
            protocol: protocol === "udp" ? "udp" : "tcp",
            number: Number(text),
          }),
        ),
      );
  }
  return [...ports].flatMap(([name, list]) => {
    const key: ScopeKey = { family, scope: portScope(list) };
    // A rule that another program has changed names no scope.
    return scopeNameOf(key) === name ? [key] : [];
  });
}

function jumpsIn(saved: SavedFilter, name: string): readonly string[] {
  return saved.others.get(name)?.jumps ?? [];
}

/** Empties all chains before it deletes any, because chains may refer to each other. */
function removeChains(names: readonly string[]): readonly string[] {
  return [...names.map((name) => `-F ${name}`), ...names.map((name) => `-X ${name}`)];
}

function append(chain: string, spec: string): string {
  return `-A ${chain} ${spec}`;
}

function declare(chain: string): string {
  return `:${chain} - [0:0]`;
}

export function filterInput(lines: readonly string[]): string {
  return ["*filter", ...lines, "COMMIT", ""].join("\n");
}
