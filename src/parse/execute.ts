/** Runs one compiled rule on one message. */
import { type Captures, isRealAddress } from "./captures.ts";
import type { CompiledRule } from "./compile-filter.ts";

const NOTHING: Captures = [];

/**
 * null when the rule does not match the message in [start, end). The text is searched in place unless the rule
 * must see its own line only.
 */
export function execute(
  rule: CompiledRule,
  text: string,
  start: number,
  end: number,
): Captures | null {
  const { expression, strict } = rule;
  const own = rule.isolated ? text.slice(start, end + 1) : text;
  expression.lastIndex = rule.isolated ? 0 : start;
  if (!rule.captures) return expression.test(own) ? NOTHING : null;
  const captures = expression.exec(own);
  if (captures === null || strict === undefined || isRealAddress(captures, rule.ipGroups))
    return captures;
  // Another place may hold one.
  const stricter = strict.expression();
  stricter.lastIndex = start;
  return stricter.exec(text);
}
