/** Compiles expressions of a rule that accept only valid addresses, where the usual ones accept look-alikes. */
import { createExactExpression, type ExactExpression } from "../expression/exact-expression.ts";

/** Slower expressions, compiled for the first message that needs them because most rules never need one. */
export interface StrictRule {
  readonly expression: () => RegExp;
  readonly exact: ExactExpression;
}

export function createStrictRule(write: () => string): StrictRule {
  return { expression: createExpression(write), exact: createExactExpression(write) };
}

/** Returns a function that creates the expression at its first call. */
export function createExpression(write: () => string): () => RegExp {
  let made: RegExp | undefined;
  return () => (made ??= new RegExp(write(), "y"));
}
