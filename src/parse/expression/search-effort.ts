/**
 * How much work a line may cost, shared by all expressions that look at it: searches take from it until nothing is
 * left, and a search that finds nothing left gives up, which counts as no match and is told of.
 */
export interface Effort {
  /** Instructions that may still be run. */
  left: number;
  /** Searches that were given up. */
  givenUp: number;
}

/** For one line and a filter of fail2ban's; well below 50 ms. */
export const LINE_EFFORT = 2_000_000;
/** For one line and all rules that look at it; below 20 ms. */
export const RULES_EFFORT = 500_000;

export function createEffort(most: number = LINE_EFFORT): Effort {
  return { left: most, givenUp: 0 };
}
