/**
 * Rules whose lines all belong to rules before them: lines are made of every pattern, with values nothing else would
 * have, and given to the whole filter. Pure; expressions by hand are only compared with each other.
 */
import type { FilterDefinition, RuleDefinition } from "../domain/filter-definition.ts";
import { instant } from "../domain/instant.ts";
import type { Problem } from "../domain/problem.ts";
import type { Filter } from "./compile-filter.ts";
import { honestLines } from "./honest-lines.ts";
import { createLineRouter } from "./line-router.ts";
import { parsePattern } from "./pattern.ts";

/** `filter` is the definition, compiled; a rule that an overlay added is asked as well. */
export function unreachableRules(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const take = takeWith(definition, filter);
  return definition.rules.flatMap((rule, i): readonly Problem[] => {
    const before = takenBefore(rule, definition.rules.slice(0, i), take);
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

/** The rule that takes every line of this one. */
function takenBefore(
  { id, recognise }: RuleDefinition,
  earlier: readonly RuleDefinition[],
  take: (line: string) => string | undefined,
): string | undefined {
  const same = earlier.find((one) => JSON.stringify(one.recognise) === JSON.stringify(recognise));
  if (same !== undefined) return same.id;
  if (recognise.kind !== "line") return undefined;
  const parts = recognise.patterns.map(parsePattern);
  const lines = parts.flatMap((one) => (one.ok ? honestLines(one.value) : []));
  // What not even its own pattern takes is no line of the rule.
  const takers = new Set(lines.flatMap((line) => take(line) ?? []));
  const [taker] = takers;
  return takers.size === 1 && taker !== id ? taker : undefined;
}

function takeWith(
  { programs }: FilterDefinition,
  filter: Filter,
): (line: string) => string | undefined {
  const router = createLineRouter([{ filter, accepts: undefined }], () => 0);
  const [program] = programs;
  // A filter of every program reads the message from after the time.
  const head =
    program === undefined
      ? "2000-01-01T00:00:00Z "
      : `Jan  1 00:00:00 host ${program.replaceAll("*", "x")}[1]: `;
  return (line) => {
    let taken: string | undefined;
    const text = `${head}${line.replaceAll("\n", " ")}\n`;
    const batch = { text, fields: undefined, arrival: "backlog", cursor: undefined } as const;
    router.route(batch, instant(0), {
      matched: (_entry, { rule }) => {
        taken ??= rule;
      },
      unrecognised() {},
    });
    return taken;
  };
}
