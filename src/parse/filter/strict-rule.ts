/** Expressions of a rule that take real addresses only, where the usual ones take what looks like one. */
import { createExactExpression, type ExactExpression } from "../expression/exact-expression.ts";

/** At a higher cost. Made for the first message that needs it: most rules never see one. */
export interface StrictRule {
  readonly expression: () => RegExp;
  readonly exact: ExactExpression;
}

export function createStrictRule(write: () => string): StrictRule {
  let made: RegExp | undefined;
  return {
    expression: () => (made ??= new RegExp(write(), "y")),
    exact: createExactExpression(write),
  };
}
