/** Finds rules that never match, because an earlier rule certainly matches all their lines. Pure. */
import type { FilterDefinition, RuleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { coversPattern } from "../pattern/covers-pattern.ts";
import { type PatternPart, parsePattern } from "../pattern/pattern.ts";

/** Returns a problem for each unreachable rule, also for rules that an overlay added. */
export function unreachableRules(definition: FilterDefinition): readonly Problem[] {
  const all = definition.rules.map(readRule);
  return definition.rules.flatMap((rule, i): readonly Problem[] => {
    const before = all.slice(0, i).find((one) => takesAll(one, all[i]))?.id;
    // A shipped filter that now contains an administrator's addition itself is not a mistake.
    const isGrown = (id: string): boolean =>
      rule.location !== undefined &&
      definition.rules.some((one) => one.id === id && one.location === undefined);
    if (before === undefined || isGrown(before)) return [];
    const place = rule.location ?? { path: definition.path, key: `rule.${i}` };
    return [
      {
        ...place,
        got: `rule "${rule.id}", whose lines all belong to rule "${before}"`,
        expected: "a rule that some line reaches",
        hint: `the first rule that matches wins: put it before "${before}", or make that one narrower`,
      },
    ];
  });
}

interface ReadRule {
  readonly id: string;
  /** Equal for rules that match the same lines. */
  readonly text: string;
  /** undefined: it is no rule of patterns. */
  readonly patterns: readonly (readonly PatternPart[] | undefined)[] | undefined;
}

/** Parses the patterns of a rule, once for all comparisons. */
function readRule({ id, recognize }: RuleDefinition): ReadRule {
  const patterns = recognize.kind === "line" ? recognize.patterns.map(parsePattern) : undefined;
  return {
    ...{ id, text: JSON.stringify(recognize) },
    patterns: patterns?.map((one) => (one.ok ? one.value : undefined)),
  };
}

/**
 * Returns whether `wide` certainly matches all lines of `narrow`. Hand-written expressions and JSON rules are only
 * compared for equality.
 */
function takesAll(wide: ReadRule, narrow: ReadRule | undefined): boolean {
  if (wide.text === narrow?.text) return true;
  const { patterns } = wide;
  if (patterns === undefined || narrow?.patterns === undefined) return false;
  return narrow.patterns.every((one) =>
    patterns.some((other) => one !== undefined && other !== undefined && coversPattern(other, one)),
  );
}
