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

/** For one line; well below 50 ms. */
export const LINE_EFFORT = 2_000_000;

export function createEffort(): Effort {
  return { left: LINE_EFFORT, givenUp: 0 };
}
