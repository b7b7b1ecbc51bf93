/**
 * Rules on messages so long that V8 could be kept busy with one: its fast engine takes quadratic time and more before
 * it gives way to the linear one, and nothing stops that either. So they are run by the matcher that counts its steps.
 * Work is bounded by the effort of the line, whatever the pattern and whoever wrote the line.
 */
import { type Captures, isRealAddress } from "../filter/captures.ts";
import type { CompiledRule } from "../filter/compile-filter.ts";
import { createEffort, type Effort, RULES_EFFORT } from "../expression/search-effort.ts";

/** In characters. Up to here V8 is faster than the matcher on every line, and 0.3 ms at most for a rule (--regexp-backtracks-before-fallback). */
export const LONG_MESSAGE = 512;
/** So many rules at most are run by V8 on one message: each may take a fraction of a millisecond. */
export const MOST_TRIED = 32;
/** No rule may take more of it: those after it have something left. */
const RULE_EFFORT = RULES_EFFORT / 3;
/** For a look at how a message begins. */
const STEPS_PER_LOOK = 1;
/** Characters that are searched for a text at the cost of one step. */
export const CHARACTERS_PER_STEP = 32;

/** On what is left of a line's effort: whether it was given up is seen by `effort.givenUp`. `message` ends in "\n". */
export function executeLong(rule: CompiledRule, message: string, effort: Effort): Captures | null {
  if (!mayMatch(rule, message, effort)) return null;
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

/** By the texts that every match holds: most rules need no more work, nor to be compiled. */
function mayMatch({ openings, required }: CompiledRule, message: string, effort: Effort): boolean {
  if (!mayBegin(openings, message, effort)) return false;
  if (required === "") return true;
  effort.left -= message.length / CHARACTERS_PER_STEP;
  return message.includes(required);
}

/** Also of a message whose rest is missing, which may end within the opening. */
export function mayBegin(openings: readonly string[], message: string, effort: Effort): boolean {
  effort.left -= STEPS_PER_LOOK;
  return openings.some((opening) =>
    message.length < opening.length ? opening.startsWith(message) : message.startsWith(opening),
  );
}
