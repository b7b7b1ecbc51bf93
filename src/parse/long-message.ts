/**
 * Rules on messages so long that V8 could be kept busy with one: its fast engine takes quadratic time and more before
 * it gives way to the linear one, and nothing stops that either. So they are run by the matcher that counts its steps.
 * Work is bounded by the effort of the line, whatever the pattern and whoever wrote the line.
 */
import { type Captures, isRealAddress } from "./captures.ts";
import type { CompiledRule } from "./compile-filter.ts";
import { createEffort, type Effort, RULES_EFFORT } from "./search-effort.ts";

/** In characters. Up to here V8 is faster than the matcher on every line, and 0.3 ms at most for a rule (--regexp-backtracks-before-fallback). */
export const LONG_MESSAGE = 512;
/** No rule may take more of it: those after it have something left. */
const RULE_EFFORT = RULES_EFFORT / 3;
/** Characters that are searched for a text at the cost of one step. */
const CHARACTERS_PER_STEP = 32;

/** On what is left of a line's effort: whether it was given up is seen by `effort.givenUp`. `message` ends in "\n". */
export function executeLong(rule: CompiledRule, message: string, effort: Effort): Captures | null {
  const own = createEffort(Math.max(0, Math.min(effort.left, RULE_EFFORT)));
  const most = own.left;
  let captures = rule.exact(message, own);
  // Another place may hold a real one.
  if (captures !== null && rule.strict !== undefined && !isRealAddress(captures, rule.ipGroups))
    captures = rule.strict.exact(message, own);
  effort.left -= most - own.left + message.length / CHARACTERS_PER_STEP;
  effort.givenUp += own.givenUp;
  return captures;
}
