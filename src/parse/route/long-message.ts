/**
 * Executes rules on messages so long that V8 could take too long: its fast engine needs quadratic time or more before
 * it falls back to the linear one, and neither can be interrupted. So the exact matcher runs them and counts its steps.
 * The effort of the line bounds the work, whatever the pattern and the line.
 */
import { type Captures, isHoneypotOf, isRealAddress } from "../filter/captures.ts";
import type { CompiledRule } from "../filter/compiled-rule.ts";
import { createEffort, type Effort, RULES_EFFORT } from "../expression/search-effort.ts";

/**
 * Maximum length, in characters, of messages for V8. Up to here it is faster than the exact matcher on every line, and
 * takes at most 0.3 ms per rule (--regexp-backtracks-before-fallback).
 */
export const LONG_MESSAGE_LENGTH = 512;
/** Maximum number of rules that V8 runs on one message: each may take a fraction of a millisecond. */
export const MAX_TRIED = 32;
/** Maximum effort of one rule, so that later rules have some left. */
const RULE_EFFORT = RULES_EFFORT / 3;
/** Effort for checking how a message begins. */
const STEPS_PER_LOOK = 1;
/** Characters searched for a text at the cost of one step. */
export const CHARACTERS_PER_STEP = 32;

/** Uses the remaining effort of a line. `effort.overLimit` shows whether it gave up. `message` ends in "\n". */
export function executeLong(rule: CompiledRule, message: string, effort: Effort): Captures | null {
  if (!mayMatch(rule, message, effort)) return null;
  const captures = withRuleEffort(effort, (own) => {
    const found = rule.exact(message, own);
    // Another position may have a valid address.
    if (found !== null && rule.strict !== undefined && !isRealAddress(found, rule.ipGroups))
      return rule.strict.exact(message, own);
    return found;
  });
  effort.left -= message.length / CHARACTERS_PER_STEP;
  return captures !== null && isHoneypotOf(rule, captures) ? captures : null;
}

/** Runs a rule with its part of the effort of a line, and consumes what it used of it. */
export function withRuleEffort<T>(effort: Effort, run: (own: Effort) => T): T {
  const own = createEffort(Math.max(0, Math.min(effort.left, RULE_EFFORT)));
  const most = own.left;
  const result = run(own);
  effort.left -= most - own.left;
  effort.overLimit += own.overLimit;
  return result;
}

/** Checks the texts that every match contains. Most rules need no more work, and no compilation. */
function mayMatch({ openings, required }: CompiledRule, message: string, effort: Effort): boolean {
  if (!mayBegin(openings, message, effort)) return false;
  return required.every((texts) =>
    texts.some((text) => {
      effort.left -= message.length / CHARACTERS_PER_STEP;
      return message.includes(text);
    }),
  );
}

/** Returns whether a message may begin with an opening, also if it is truncated within the opening. */
export function mayBegin(openings: readonly string[], message: string, effort: Effort): boolean {
  effort.left -= STEPS_PER_LOOK;
  return openings.some((opening) =>
    message.length < opening.length ? opening.startsWith(message) : message.startsWith(opening),
  );
}
