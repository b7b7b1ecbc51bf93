/**
 * Finds rules that read an address which a client wrote. In every text of a line that a client may choose, it writes
 * copies of the rest of that line and of the filter's other lines, with another address; and into every place of a
 * sample that repeats the account.
 */
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import type { Match } from "../../domain/match.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { forgeNames } from "../../parse/filter/forge-names.ts";
import { forgeRule } from "../../parse/filter/forge-rule.ts";
import { VICTIM } from "../../parse/pattern/forge.ts";
import { routeLines } from "./route-lines.ts";
import { ruleProblem, showLine } from "./rule-problem.ts";
import { messageOf } from "./sample-message.ts";

/** Maximum number of other lines that are copied into each text. */
const MAX_COPIES = 12;

export function findForgeries(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { rules, samples } = definition;
  const texts = otherLines(samples);
  const forged = rules
    .filter(({ is }) => is === "failure" || is === "success")
    .flatMap((rule) =>
      [
        ...forgeRule(rule, samples),
        ...forgeRule(rule, samples, { texts }),
        ...forgeNames(rule, definition),
      ].map((forgery) => ({ rule, ...forgery })),
    );
  const { matches } = routeLines(
    [filter],
    forged.map(({ line }) => line),
  );
  const wrong = forged.flatMap(({ rule, line, truth }, i) => {
    const accused = accusedBy(matches[0]?.[i]);
    return accused === undefined || accused === truth ? [] : [{ rule, line, truth, accused }];
  });
  const first = new Map(wrong.map((one) => [one.rule, one]));
  return [...first.values()].map(({ rule, line, truth, accused }) =>
    ruleProblem(definition, rule, {
      got: `${accused} as the address of ${showLine(line)}`,
      expected: `${truth}, or no match: the rest is a text that a client may write`,
      hint: "use a narrower field for what a client chooses, or match more of the line behind the address",
    }),
  );
}

/** Not recognizing a line is safe; accusing another address, or taking it for logged in, never is. */
function accusedBy(match: Match | undefined): string | undefined {
  return match?.kind === "failure" || match?.kind === "success"
    ? (match.ip ?? match.host)
    : undefined;
}

/** A message of each rule that names an address, with the victim's instead. */
function otherLines(samples: readonly SampleDefinition[]): readonly string[] {
  const byRule = new Map(
    samples.flatMap((sample) => {
      const { expect } = sample;
      if (expect.kind === "none" || expect.ip === undefined) return [];
      return [[expect.rule, messageOf(sample.line).replaceAll(expect.ip, VICTIM)] as const];
    }),
  );
  return [...byRule.values()].slice(0, MAX_COPIES);
}
