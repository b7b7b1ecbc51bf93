/** What a rule captured, by group number, from 1; empty when the rule captures nothing. */
export type Captures = ArrayLike<string | undefined>;

/** The first of several groups that took part in the match. */
export function firstCapture(captures: Captures, groups: readonly number[]): string | undefined {
  for (const group of groups) {
    const value = captures[group];
    if (value !== undefined) return value;
  }
  return undefined;
}
