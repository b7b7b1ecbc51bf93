/**
 * Selects the failregexes that can match a text, by its beginning; others are not tried. Also locates the groups that
 * decide about sessions, so that most lines need no Groups object.
 */
import { type Opening, OpeningTree } from "../../../parse/route/opening-tree.ts";
import type { PythonMatch } from "../../../parse/expression/python-expression.ts";
import type { FilterExpression } from "../filter-expression.ts";

export interface NumberedRule {
  readonly number: number;
  readonly expression: FilterExpression;
  readonly session: GroupPlace;
  readonly forget: GroupPlace;
  readonly nofail: GroupPlace;
  readonly gained: GroupPlace;
  /** Group of the user name; valid only if `combines` is false. */
  readonly user: GroupPlace;
  readonly combines: boolean;
}

/** Group numbers of a name, in the rule and in prefregex; 0: no such group. */
export interface GroupPlace {
  readonly rule: number;
  readonly prefix: number;
}

/** Returns the text of a name; the rule's group takes precedence over that of prefregex. */
export function textAt(
  place: GroupPlace,
  match: PythonMatch,
  before: PythonMatch | null,
): string | undefined {
  const own = place.rule > 0 ? match[place.rule] : undefined;
  return own === undefined && place.prefix > 0 ? before?.[place.prefix] : own;
}

export interface RuleChoice {
  readonly all: readonly NumberedRule[];
  /** Returns the rules, in order, that can match a text which begins at `start`. */
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
  const tree = new OpeningTree(openings, (rules): readonly NumberedRule[] =>
    [...new Set([...rules, ...always])].sort((a, b) => a.number - b.number),
  );
  return { all, of: (text, start) => tree.find(text, start) };
}

function placeOf(
  name: string,
  expression: FilterExpression,
  prefix: FilterExpression | undefined,
): GroupPlace {
  return { rule: expression.names.get(name) ?? 0, prefix: prefix?.names.get(name) ?? 0 };
}
