/** Finds rules that never match, because an earlier rule certainly matches all their lines. Pure. */
import type {
  FilterDefinition,
  Recognizer,
  RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { coversPattern } from "../pattern/covers-pattern.ts";
import { parsePattern } from "../pattern/pattern.ts";

/** Returns a problem for each unreachable rule, also for rules that an overlay added. */
export function unreachableRules(definition: FilterDefinition): readonly Problem[] {
  return definition.rules.flatMap((rule, i): readonly Problem[] => {
    const before = takenBefore(rule, definition.rules.slice(0, i));
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

/** Returns the first earlier rule that matches every line of this one. */
function takenBefore(
  { recognize }: RuleDefinition,
  earlier: readonly RuleDefinition[],
): string | undefined {
  return earlier.find((one) => takesAll(one.recognize, recognize))?.id;
}

/**
 * Returns whether `wide` certainly matches all lines of `narrow`. Hand-written expressions and JSON rules are only
 * compared for equality.
 */
function takesAll(wide: Recognizer, narrow: Recognizer): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow)) return true;
  if (wide.kind !== "line" || narrow.kind !== "line") return false;
  const patterns = wide.patterns.map(parsePattern);
  return narrow.patterns
    .map(parsePattern)
    .every((one) =>
      patterns.some((other) => one.ok && other.ok && coversPattern(other.value, one.value)),
    );
}
