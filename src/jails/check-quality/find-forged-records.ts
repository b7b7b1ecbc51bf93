/**
 * Finds texts in which a client can begin a separate record, of filters with `begins`. The forged texts contain a
 * line break and a complete sample with another address; then, so that nothing of the service's own line disturbs it, the
 * beginning of a further record. Whether the service writes a line break as it is, only its source shows: the filter states
 * it (`escapes_line_breaks`).
 */
import type { FilterDefinition, SampleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { forgeRule } from "../../parse/filter/forge-rule.ts";
import { victimLike } from "../../parse/pattern/forge.ts";
import { joinLines } from "../../source/join-lines.ts";
import { withRecordHead } from "./record-head.ts";
import { createLinesRouter } from "./route-lines.ts";
import { ruleProblem } from "./rule-problem.ts";

/** Maximum number of samples that are copied into each text. */
const MAX_COPIES = 12;

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
  const believe = createBelief(filter, begins);
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
  const believe = createBelief(filter, begins);
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
    return [`x\n${record}`, `x\n${record}\n${opening}`];
  });
}

/** Returns a sample of each rule that reads an address, which is the victim's. */
function recordsOf(samples: readonly SampleDefinition[]): readonly string[] {
  const byRule = new Map(
    samples.flatMap(({ line, expect }) => {
      if (expect.kind === "none" || expect.ip === undefined) return [];
      return [[expect.rule, line.replaceAll(expect.ip, victimLike(expect.ip))] as const];
    }),
  );
  return [...byRule.values()].slice(0, MAX_COPIES);
}

/** Returns what a rule believes about the victim in the records of a log. */
function createBelief(filter: Filter, begins: RecordStart): (log: string) => string | undefined {
  const route = createLinesRouter([filter]);
  return (log) => {
    const { text, records } = joinLines(`${log}\n`, begins, undefined);
    const whole = text.split("\n").filter((_, i) => records[i]?.begins === true);
    const [matches = []] = route(whole).matches;
    const [claim] = matches.flatMap((match) => {
      const { kind = "neutral", rule, ip } = match ?? {};
      if (kind === "neutral" || ip === undefined || ip !== victimLike(ip)) return [];
      return [`${kind} of ${ip} by rule "${rule}"`];
    });
    return claim;
  };
}
