/** Runs one compiled rule on one message. */
import type { CompiledRule } from "./compile-filter.ts";

/** By group number, from 1; empty when the rule captures nothing. */
export type Captures = ArrayLike<string | undefined>;

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

/** The first of several groups that took part in the match. */
export function firstCapture(captures: Captures, groups: readonly number[]): string | undefined {
  for (const group of groups) {
    const value = captures[group];
    if (value !== undefined) return value;
  }
  return undefined;
}
