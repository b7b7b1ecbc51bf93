/**
 * Proves for the beginning of a line that whatever follows it, the rules of a filter accuse the address in it or nobody. So
 * lines that differ only behind it need not be tried.
 */
import { createBeginningCheck } from "../expression/exact-expression.ts";
import type { Effort } from "../expression/search-effort.ts";
import { TRUTH } from "../pattern/forge.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { createPrefixReader } from "../pattern/truncated-line.ts";
import type { Filter } from "./compile-filter.ts";
import type { CompiledRule } from "./compiled-rule.ts";

type Proof = (beginning: string) => boolean;

/** Creates a proof for lines of the peer TRUTH. Returns false for a beginning of which nothing is known. */
export function createPeerProof({ rules, recordRules, begins }: Filter): Proof {
  // Other structured values may stand anywhere in a line.
  const isPlain = recordRules.every(
    ({ format, before }) => format === "json" && before === undefined,
  );
  if (!isPlain || begins !== undefined) return () => false;
  const proofs = rules
    .filter(({ kind }) => kind === "failure" || kind === "success")
    .map((rule) => (rule.head === undefined ? proveExpression(rule) : provePattern(rule)));
  const settled: string[] = [];
  const open = new Set<string>();
  return (beginning) => {
    if (settled.some((one) => beginning.startsWith(one))) return true;
    if (open.has(beginning) || !/^[\w.]/.test(beginning) || !beginning.includes(TRUTH))
      return false;
    const missing = proofs.findIndex((proves) => !proves(beginning));
    if (missing < 0) settled.push(beginning);
    else {
      open.add(beginning);
      // The rule that says nothing about this beginning seldom says something about others.
      proofs.unshift(...proofs.splice(missing, 1));
    }
    return missing < 0;
  };
}

function unlimited(): Effort {
  return { left: Number.MAX_SAFE_INTEGER, overLimit: 0 };
}

function provePattern({ written }: CompiledRule): Proof {
  const parse = () => {
    const parts = parsePattern(written);
    return parts.ok ? parts.value : [];
  };
  const read = createPrefixReader(parse, false);
  return (beginning) => {
    const verdict = read(beginning, 0, beginning.length, unlimited());
    return verdict === "no" || (verdict !== "unknown" && verdict.ip === TRUTH);
  };
}

/** Divides a regular expression at its address, and tries every position of the address in the beginning. */
function proveExpression({ written }: CompiledRule): Proof {
  const divided = divideAtAddress(written);
  if (divided === undefined) return () => false;
  const [before, address, after] = divided;
  const isBefore = new RegExp(`^(?:${before})$`);
  const isAddress = new RegExp(`^(?:${address})$`);
  const mayBegin = beginningCheck(before);
  const mayBeAddress = beginningCheck(address);
  const mayFollow = beginningCheck(after);
  return (beginning) => {
    if (mayBegin(beginning)) return false;
    const truth = beginning.indexOf(TRUTH);
    for (let start = 0; start < beginning.length; start++) {
      if (!isBefore.test(beginning.slice(0, start))) continue;
      if (mayBeAddress(beginning.slice(start))) return false;
      for (let end = start; end <= beginning.length; end++) {
        if (start === truth && end === truth + TRUTH.length) continue;
        const isRead = isAddress.test(beginning.slice(start, end));
        if (isRead && mayFollow(beginning.slice(end))) return false;
      }
    }
    return true;
  };
}

/** Returns a check whether a longer text that begins with this one may match. */
function beginningCheck(source: string): Proof {
  const check = createBeginningCheck(() => `(?:${source})\\n`);
  return (text) => check(text, unlimited());
}

/** Returns the texts before, in and behind the only address of an expression; undefined: it cannot be divided. */
function divideAtAddress(source: string): readonly [string, string, string] | undefined {
  const group = "(?<ip>";
  let [depth, from, to] = [0, -1, -1];
  for (const { 0: piece, index } of source.matchAll(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|[()|^$]/g)) {
    if (/^(?:\\[bB]|[\^$])$/.test(piece) || (piece === "|" && depth === 0)) return undefined;
    if (piece === "(") {
      if (source.startsWith(group, index)) {
        if (depth > 0 || from >= 0) return undefined;
        from = index;
      }
      depth++;
    }
    if (piece === ")" && --depth === 0 && from >= 0 && to < 0) to = index;
  }
  const after = source.slice(to + 1);
  if (to < 0 || /^[?*+{]/.test(after)) return undefined;
  return [source.slice(0, from), source.slice(from + group.length, to), after];
}
