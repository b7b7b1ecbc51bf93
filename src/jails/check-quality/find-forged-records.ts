/**
 * Finds texts in which a client can begin a separate record, of filters with `begins`. The forged texts contain a
 * line break and a complete sample with another address; then, so that nothing of the service's own line disturbs it, the
 * beginning of a further record. Whether the service writes a line break as it is, only its source shows: the filter states
 * it (`escapes_line_breaks`).
 */
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { forgeRule } from "../../parse/filter/forge-rule.ts";
import { joinLines } from "../../source/join-lines.ts";
import { createBelief, recordsOf } from "./record-belief.ts";
import { withRecordHead } from "./record-head.ts";
import { ruleProblem } from "./rule-problem.ts";

/**
 * Finds such texts of filters that do not state whether the service escapes line breaks, and accounts that need no line
 * break because they begin a line.
 */
export function findForgedRecords(
  definition: FilterDefinition,
  filter: Filter,
): readonly Problem[] {
  const isUnstated = definition.escapes_line_breaks === undefined;
  return [
    ...(isUnstated ? forgedRecords(definition, filter) : []),
    ...openingAccounts(definition, filter),
  ];
}

/** Finds such texts of filters which state that the service writes line breaks as they are. */
export function findKnownForgeries(
  definition: FilterDefinition,
  filter: Filter,
): readonly Problem[] {
  return definition.escapes_line_breaks === false ? forgedRecords(definition, filter) : [];
}

function forgedRecords(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { rules, samples } = definition;
  const { begins } = filter;
  if (begins === undefined || begins.quotes !== undefined) return [];
  const texts = copiesOf(samples);
  const believe = createBelief(filter, (log) => joinLines(log, begins, undefined));
  return rules.flatMap((rule): readonly Problem[] => {
    const forged = forgeRule(rule, samples, { texts }).flatMap(({ line, field }) => {
      const claim = believe(withRecordHead(line, begins, samples));
      return claim === undefined ? [] : [{ field, claim }];
    });
    const [first] = forged;
    if (first === undefined) return [];
    const fields = [...new Set(forged.map(({ field }) => field))].join(" or ");
    return [
      ruleProblem(definition, rule, {
        got: `a line break in ${fields} that begins another record, ${first.claim}`,
        expected: "escapes_line_breaks = true, if the service escapes or drops it",
        hint: "read its source, or log in with such a name; escapes_line_breaks = false states that clients can forge records",
      }),
    ];
  });
}

/** Finds accounts at the beginning of a later line: one that looks like a record begins one, without a line break. */
function openingAccounts(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const { rules, samples } = definition;
  const { begins } = filter;
  if (begins === undefined || begins.quotes !== undefined) return [];
  const believe = createBelief(filter, (log) => joinLines(log, begins, undefined));
  return rules.flatMap((rule): readonly Problem[] => {
    const forged = samples.flatMap(({ line, expect }) => {
      if (expect.kind === "none" || expect.rule !== rule.id || !expect.user) return [];
      const [before, ...more] = line.split(`\n${expect.user}`);
      const after = more.join(`\n${expect.user}`);
      return more.length === 0
        ? []
        : recordsOf(samples).map((record) => `${before}\n${record}${after}`);
    });
    const [claim] = forged.flatMap((log) => believe(log) ?? []);
    if (claim === undefined) return [];
    return [
      ruleProblem(definition, rule, {
        got: `an account at the beginning of a line, which begins another record, ${claim}`,
        expected: "a text of the service at the beginning of each line",
        hint: "use no begins for such a log",
      }),
    ];
  });
}

/** Returns texts with a line break and a record. */
function copiesOf(samples: readonly SampleDefinition[]): readonly string[] {
  return recordsOf(samples).flatMap((record) => {
    const [opening = ""] = record.split("\n", 1);
    // A line that looks like one of a syslog daemon is a whole record.
    return ["x", "a b: "].flatMap((text) => [
      `${text}\n${record}`,
      `${text}\n${record}\n${opening}`,
    ]);
  });
}
