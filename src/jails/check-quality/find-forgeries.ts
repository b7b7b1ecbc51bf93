/**
 * Finds rules that can read an address which a client wrote. The forged lines contain copies of the line and of the
 * filter's other lines, with another address, in each text that a client may choose, and wherever a sample repeats the
 * account.
 */
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import type { Match } from "../../domain/match.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { forgeNames } from "../../parse/filter/forge-names.ts";
import { forgeRule } from "../../parse/filter/forge-rule.ts";
import { createPeerProof } from "../../parse/filter/settled-peer.ts";
import { victimLike } from "../../parse/pattern/forge.ts";
import { withRecordHead } from "./record-head.ts";
import { createLinesRouter } from "./route-lines.ts";
import { ruleProblem, showLine } from "./rule-problem.ts";
import { messageOf } from "./sample-message.ts";

/** Maximum number of the filter's other lines that are copied into each text. */
const MAX_COPIES = 12;

export function findForgeries(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { rules, samples } = definition;
  const texts = otherLines(samples);
  const route = createLinesRouter([filter]);
  const isProven = createPeerProof(filter);
  return rules.flatMap((rule): readonly Problem[] => {
    if (rule.is !== "failure" && rule.is !== "success") return [];
    const forged = [
      ...forgeRule(rule, samples, { isProven }),
      ...forgeRule(rule, samples, { texts, isProven }),
      ...forgeNames(rule, definition),
    ].map((one) => ({ ...one, line: withRecordHead(one.line, filter.begins, samples) }));
    const [matches = []] = route(forged.map(({ line }) => line)).matches;
    const accused = matches.map(accusedBy);
    const wrong = forged.findLastIndex(({ truth }, i) => (accused[i] ?? truth) !== truth);
    const { line = "", truth = "" } = forged[wrong] ?? {};
    if (wrong < 0) return [];
    return [
      ruleProblem(definition, rule, {
        got: `${accused[wrong]} as the address of ${showLine(line)}`,
        expected: `${truth}, or no match: the rest is a text that a client may write`,
        hint: "use a narrower field for what a client chooses, or match more of the line behind the address",
      }),
    ];
  });
}

/** Returns the address that a forged line counts against or logs in. No match is safe. */
function accusedBy(match: Match | undefined): string | undefined {
  return match?.kind === "failure" || match?.kind === "success"
    ? (match.ip ?? match.host)
    : undefined;
}

/** Returns one sample message of each rule that reads an address, with the victim's address instead. */
function otherLines(samples: readonly SampleDefinition[]): readonly string[] {
  const byRule = new Map(
    samples.flatMap((sample) => {
      const { expect } = sample;
      if (expect.kind === "none" || expect.ip === undefined) return [];
      return [
        [expect.rule, messageOf(sample.line).replaceAll(expect.ip, victimLike(expect.ip))] as const,
      ];
    }),
  );
  return [...byRule.values()].slice(0, MAX_COPIES);
}
