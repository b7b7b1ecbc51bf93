/** Which failregexes a text may match, told by its first character: the others need not be tried. */
import type { FilterExpression } from "../filter-expression.ts";

export interface NumberedRule {
  readonly number: number;
  readonly expression: FilterExpression;
}

export interface RuleChoice {
  readonly all: readonly NumberedRule[];
  /** In order. */
  of(text: string): readonly NumberedRule[];
}

const ASCII = 128;

export function createRuleChoice(expressions: readonly FilterExpression[]): RuleChoice {
  const all = expressions.map((expression, number) => ({ number, expression }));
  const byCode = Array.from({ length: ASCII }, (_, code) =>
    all.filter(({ expression: { opening } }) => opening === undefined || opening[code] === 1),
  );
  return { all, of: (text) => byCode[text.charCodeAt(0)] ?? all };
}
