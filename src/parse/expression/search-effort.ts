/**
 * Bounds the work for one line, shared by all expressions that are tried on it: searches consume it, whether they match
 * or not, and a search with nothing left gives up, which counts as no match and is reported.
 */
export interface Effort {
  /** Instructions that may still be executed. */
  left: number;
  /** Number of searches that gave up. */
  overLimit: number;
}

/** Effort for one line and a fail2ban filter, in instructions: well below 50 ms. */
export const LINE_EFFORT = 2_000_000;
/** Effort for one line and all rules that match it, in instructions: below 20 ms. */
export const RULES_EFFORT = 500_000;

export function createEffort(most: number = LINE_EFFORT): Effort {
  return { left: most, overLimit: 0 };
}
