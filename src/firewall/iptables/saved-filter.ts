/**
 * Parses the table "filter" in the output of `iptables-save -c`: our chains completely, of other chains only what
 * decides whether packets reach ours first. Pure. Rejects output that it does not understand, because a rule that is
 * not seen could let packets pass.
 */
import { fail, ok, type Result } from "../../domain/result.ts";

/** The chain that other chains jump to first. */
export const MAIN_CHAIN = "bailiff";

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
}

export const JUMP: string = `-j ${MAIN_CHAIN}`;

const RULE = /^\[(\d+):\d+\] -A (\S+) (.*)$/;
const CHAIN = /^:(\S+) \S+(?: \[\d+:\d+\])?$/;

export function isOurChain(name: string): boolean {
  return name === MAIN_CHAIN || /^bailiff[46]?-/.test(name);
}

export function parseSavedFilter(output: string): Result<SavedFilter, string> {
  const ours = new Map<string, SavedRule[]>();
  const others = new Map<string, { first: string | undefined; jumps: string[] }>();
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
    const other = others.getOrInsertComputed(chain, () => ({ first: undefined, jumps: [] }));
    other.first ??= spec;
    if (spec !== undefined && jumpsToUs(spec)) other.jumps.push(spec);
  }
  return isComplete ? ok({ ours, others }) : fail("the list of rules is incomplete");
}

function jumpsToUs(spec: string): boolean {
  return /(?:^| )-[jg] bailiff$/.test(spec);
}
