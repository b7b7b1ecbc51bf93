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
  readonly session: GroupPlace;
  readonly forget: GroupPlace;
  readonly nofail: GroupPlace;
  readonly gained: GroupPlace;
  /** Unless names are combined. */
  readonly user: GroupPlace;
  readonly combines: boolean;
}

/** Number of a group of the rule; of one of its prefix, below zero; 0: neither has it. */
export type GroupPlace = number;

export function textAt(
  place: GroupPlace,
  match: PythonMatch,
  before: PythonMatch | null,
): string | undefined {
  if (place > 0) return match[place];
  return place < 0 ? before?.[-place] : undefined;
}

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
    const place = (name: string): GroupPlace => placeOf(name, expression, prefix);
    return {
      number,
      expression,
      session: place("mlfid"),
      forget: place("mlfforget"),
      nofail: place("nofail"),
      gained: place("mlfgained"),
      user: place("user"),
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
function placeOf(
  name: string,
  expression: FilterExpression,
  prefix: FilterExpression | undefined,
): GroupPlace {
  const inPrefix = prefix?.names.get(name);
  return expression.names.get(name) ?? (inPrefix === undefined ? 0 : -inPrefix);
}
