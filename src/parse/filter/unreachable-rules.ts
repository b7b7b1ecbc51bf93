/** Rules whose lines all belong to one rule before them, where that is certain. Pure. */
import type { FilterDefinition, Recognizer } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { coversPattern, listWays, type PatternWays } from "../pattern/covers-pattern.ts";
import { parsePattern } from "../pattern/pattern.ts";

/** A rule that an overlay added is asked as well. */
export function unreachableRules(definition: FilterDefinition): readonly Problem[] {
  const taken = definition.rules.map(takenLines);
  return definition.rules.flatMap((rule, i): readonly Problem[] => {
    const before = definition.rules.find((_, at) => at < i && takesAll(taken[at], taken[i]))?.id;
    // A shipped filter that has learned what an operator added to it is no mistake.
    const isGrown = (id: string): boolean =>
      rule.place !== undefined &&
      definition.rules.some((one) => one.id === id && one.place === undefined);
    if (before === undefined || isGrown(before)) return [];
    const place = rule.place ?? { path: definition.path, key: `rule.${i}` };
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

/** What a rule takes, as it is compared with the others. */
interface TakenLines {
  readonly written: string;
  /** Of each pattern; none of expressions by hand and JSON, which are only compared as written. */
  readonly ways: readonly (PatternWays | undefined)[];
}

function takenLines({ recognize }: { readonly recognize: Recognizer }): TakenLines {
  const patterns = recognize.kind === "line" ? recognize.patterns : [];
  const ways = patterns.map((pattern) => {
    const parts = parsePattern(pattern);
    return parts.ok ? listWays(parts.value) : undefined;
  });
  return { written: JSON.stringify(recognize), ways };
}

/** Whether the first certainly takes every line of the second. */
function takesAll(wide: TakenLines | undefined, narrow: TakenLines | undefined): boolean {
  if (wide === undefined || narrow === undefined) return false;
  if (wide.written === narrow.written) return true;
  const covers = (all: PatternWays | undefined, some: PatternWays | undefined): boolean =>
    all !== undefined && some !== undefined && coversPattern(all, some);
  return (
    narrow.ways.length > 0 && narrow.ways.every((one) => wide.ways.some((all) => covers(all, one)))
  );
}
