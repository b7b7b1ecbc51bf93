/**
 * Which failregexes a text may match, told by how it begins: the others need not be tried. And where a rule and its
 * prefix say what decides about sessions, so that most lines need no table of groups.
 */
import { climbOpeningTree, growOpeningTree, type Opening } from "../../parse/opening-tree.ts";
import type { PythonMatch } from "../../parse/python-expression.ts";
import type { FilterExpression } from "../filter-expression.ts";

export interface NumberedRule {
  readonly number: number;
  readonly expression: FilterExpression;
  readonly session: ReadGroup;
  readonly forget: ReadGroup;
  readonly nofail: ReadGroup;
  readonly gained: ReadGroup;
  /** Unless names are combined. */
  readonly user: ReadGroup;
  readonly combines: boolean;
}

export type ReadGroup = (match: PythonMatch, before: PythonMatch | null) => string | undefined;

export interface RuleChoice {
  readonly all: readonly NumberedRule[];
  /** Of a text that begins at `start`; in order. */
  of(text: string, start: number): readonly NumberedRule[];
}

export function createRuleChoice(
  expressions: readonly FilterExpression[],
  prefix: FilterExpression | undefined,
): RuleChoice {
  const all = expressions.map((expression, number): NumberedRule => {
    const reader = (name: string): ReadGroup => readerOf(name, expression, prefix);
    return {
      number,
      expression,
      session: reader("mlfid"),
      forget: reader("mlfforget"),
      nofail: reader("nofail"),
      gained: reader("mlfgained"),
      user: reader("user"),
      combines: expression.combines || prefix?.combines === true,
    };
  });
  const openings = all.flatMap((value): readonly Opening<NumberedRule>[] =>
    (value.expression.openings ?? []).map((text) => ({ text, value })),
  );
  const always = all.filter(({ expression }) => expression.openings === undefined);
  const tree = growOpeningTree(openings, (rules): readonly NumberedRule[] =>
    [...new Set([...rules, ...always])].sort((a, b) => a.number - b.number),
  );
  return { all, of: (text, start) => climbOpeningTree(tree, text, start) };
}

/** What the rule says counts before what the prefix says. */
function readerOf(
  name: string,
  expression: FilterExpression,
  prefix: FilterExpression | undefined,
): ReadGroup {
  const own = expression.names.get(name);
  if (own !== undefined) return ({ texts }) => texts[own];
  const inPrefix = prefix?.names.get(name);
  if (inPrefix !== undefined) return (_, before) => before?.texts[inPrefix];
  return () => undefined;
}
