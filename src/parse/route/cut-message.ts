/**
 * Matches a rule against a truncated message: the line was too long, or its writer ended in the middle. Accepts nothing
 * that touches the cut, or that the missing rest could change.
 */
import { parseIp } from "../../domain/ip.ts";
import { type Captures, peerIn } from "../filter/captures.ts";
import type { CompiledRule } from "../filter/compiled-rule.ts";
import { executeLong, mayBegin, withRuleEffort } from "./long-message.ts";
import type { Effort } from "../expression/search-effort.ts";
import type { Fronts } from "../pattern/truncated-line.ts";

export interface CutMessage {
  readonly text: string;
  readonly start: number;
  /** The position of the cut mark. */
  readonly end: number;
}

/**
 * Matches the message. no: no line with this beginning matches. unknown: some may match. Captures: it matches and
 * accuses this address. `fronts` is what the patterns of other rules have found in this message.
 */
export function readCut(
  rule: CompiledRule,
  { text, start, end }: CutMessage,
  effort: Effort,
  fronts?: Fronts,
): Captures | "no" | "unknown" {
  // Whether the target of the request is a honeypot is not known without all captures; another rule may match.
  if (rule.honeypot !== undefined) return "no";
  if (!mayBegin(rule.openings, text.slice(start, end), effort)) return "no";
  if (rule.head === undefined) return readWithExpression(rule, { text, start, end }, effort);
  const verdict = rule.head(text, start, end, effort, fronts);
  if (verdict === "no" || verdict === "unknown") return verdict;
  const [group] = [...rule.ipGroups, ...rule.hostGroups];
  if (group === undefined || parseIp(verdict.ip) === undefined) return "unknown";
  return { [group]: verdict.ip, length: group + 1 };
}

/**
 * Matches a hand-written expression, which expects whole lines. If it matches the truncated one, an address at the
 * beginning is not a client's text.
 */
function readWithExpression(
  rule: CompiledRule,
  { text, start, end }: CutMessage,
  effort: Effort,
): Captures | "no" | "unknown" {
  const { overLimit } = effort;
  const captures = executeLong(rule, `${text.slice(start, end + 1)}\n`, effort);
  if (captures === null) {
    if (effort.overLimit > overLimit) return "unknown";
    const check = (own: Effort): boolean => rule.mayBegin(text.slice(start, end), own);
    return withRuleEffort(effort, check) ? "unknown" : "no";
  }
  const peer = peerIn(captures, rule);
  const [group] = [...rule.ipGroups, ...rule.hostGroups];
  if (group === undefined || peer === undefined || !text.startsWith(peer, start)) return "unknown";
  return { [group]: peer, length: group + 1 };
}
