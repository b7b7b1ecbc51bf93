/** Runs one compiled rule on one message. */
import type { Captures } from "./captures.ts";
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
  const { expression } = rule;
  const own = rule.isolated ? text.slice(start, end + 1) : text;
  expression.lastIndex = rule.isolated ? 0 : start;
  if (rule.captures) return expression.exec(own);
  return expression.test(own) ? NOTHING : null;
}
