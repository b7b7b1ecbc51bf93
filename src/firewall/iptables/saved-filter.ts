/**
 * Parses the table "filter" in the output of `iptables-save -c`: our chains completely, of other chains only what
 * decides whether packets reach ours first. Pure. Rejects output that it does not understand, because a rule that is
 * not seen could let packets pass.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { isScopeName } from "./scope-name.ts";

/** The chain that other chains jump to first. */
export const MAIN_CHAIN = "bailiff";
export const VERDICT_CHAIN = "bailiff-verdict";
export const DNAT_CHAIN = "bailiff-dnat";

const FIXED_CHAINS: readonly string[] = [MAIN_CHAIN, VERDICT_CHAIN, DNAT_CHAIN];

export interface SavedRule {
  /** Everything after the chain: "-s 192.0.2.1/32 -j bailiff-verdict". */
  readonly spec: string;
  readonly packets: number;
}

export interface SavedFilter {
  /** Rules of our chains, by chain, in order. */
  readonly ours: ReadonlyMap<string, readonly SavedRule[]>;
  /** All other chains of the table, by name. */
  readonly others: ReadonlyMap<string, OtherChain>;
}

export interface OtherChain {
  /** The first rule; undefined: the chain is empty. */
  readonly first: string | undefined;
  /** Rules that jump to our main chain, in order. */
  readonly jumps: readonly string[];
  /** Rules that jump to another chain of ours, which cannot be deleted before them. */
  readonly uses: readonly string[];
}

export const JUMP: string = `-j ${MAIN_CHAIN}`;

const RULE = /^\[(\d+):\d+\] -A (\S+) (.*)$/;
const CHAIN = /^:(\S+) \S+(?: \[\d+:\d+\])?$/;

/** Knows exact names only: a chain such as "bailiff-exceptions" belongs to the administrator. */
function isOurChain(name: string): boolean {
  return FIXED_CHAINS.includes(name) || isScopeName(name);
}

export function parseSavedFilter(output: string): Result<SavedFilter, string> {
  const ours = new Map<string, SavedRule[]>();
  const others = new Map<
    string,
    { first: string | undefined; readonly jumps: string[]; readonly uses: string[] }
  >();
  let isComplete = false;
  for (const line of output.split("\n")) {
    if (line === "COMMIT") isComplete = true;
    if (line === "" || line.startsWith("#") || line === "*filter" || line === "COMMIT") continue;
    const declared = CHAIN.exec(line)?.[1];
    const [, packets, chain = declared, spec] = RULE.exec(line) ?? [];
    if (chain === undefined) return fail(`cannot read this line: ${line.slice(0, 200)}`);
    if (isOurChain(chain)) {
      const rules = ours.getOrInsertComputed(chain, () => []);
      if (spec !== undefined) rules.push({ spec, packets: Number(packets) });
      continue;
    }
    const other = others.getOrInsertComputed(chain, () => ({
      ...{ first: spec, jumps: [], uses: [] },
    }));
    other.first ??= spec;
    const target = targetOf(spec ?? "");
    if (spec === undefined || target === undefined || !isOurChain(target)) continue;
    (target === MAIN_CHAIN ? other.jumps : other.uses).push(spec);
  }
  return isComplete ? ok({ ours, others }) : fail("the list of rules is incomplete");
}

/** Returns whether the output of `iptables-save` for one table has a rule of others, or a chain that drops by default. */
export function holdsRulesOfOthers(output: string): boolean {
  return output.split("\n").some((line) => {
    const [, chain = "", spec = ""] = /^-A (\S+) (.*)$/.exec(line) ?? [];
    if (chain === "") return /^:\S+ DROP\b/.test(line);
    const target = targetOf(spec);
    return !isOurChain(chain) && (target === undefined || !isOurChain(target));
  });
}

function targetOf(spec: string): string | undefined {
  return /(?:^| )-[jg] (\S+)/.exec(spec)?.[1];
}
