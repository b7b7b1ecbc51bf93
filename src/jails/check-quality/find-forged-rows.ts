/**
 * Finds texts in which a client can begin a separate row, of filters whose rows of CSV may continue in the next line.
 * Each value that a client may choose gets a line break and a complete row of another address, also behind a text that looks
 * like a header of syslog or of a container: no such row may be believed, because the service wrote it within quotes.
 */
import {
  type FilterDefinition,
  isCsv,
  type RecordRecognizer,
  type RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { forgeRule, victimRecord } from "../../parse/filter/forge-rule.ts";
import { rowFormOf } from "../../source/step-row.ts";
import { joinRows } from "../../source/take-rows.ts";
import { createBelief, recordsOf } from "./record-belief.ts";
import { ruleProblem } from "./rule-problem.ts";

/** Texts before the line break, of which some look like a header, or end a value. */
const OPENINGS = [
  "x",
  "a b: ",
  'a b: "',
  'x",',
  ' "',
  "Nov 28 09:19:59 host app[1]: ",
  "2026-11-28T09:19:59Z stdout F ",
  '{"log":"x',
];

export function findForgedRows(definition: FilterDefinition, filter: Filter): readonly Problem[] {
  const form = rowFormOf(filter.begins);
  if (form === undefined) return [];
  const { rules, samples } = definition;
  const believe = createBelief(filter, (log) => joinRows(log, form));
  const own = rules.flatMap(({ recognize }) => (isCsv(recognize) ? victimRecord(recognize) : []));
  const texts = [...recordsOf(samples), ...own].flatMap((row) =>
    OPENINGS.flatMap((opening) => [`${opening}\n${row}`, `${opening}\n${row}\nx`]),
  );
  return rules.flatMap((rule): readonly Problem[] => {
    const { recognize } = rule;
    if (!isCsv(recognize)) return [];
    const whole: RuleDefinition = { ...rule, recognize: withOtherColumns(recognize, definition) };
    for (const { line, field } of forgeRule(whole, samples, { texts, words: "chosen" })) {
      const claim = believe(line);
      if (claim !== undefined) return [forgedRow(definition, rule, `${field}: ${claim}`)];
    }
    return [];
  });
}

function forgedRow(definition: FilterDefinition, rule: RuleDefinition, claim: string): Problem {
  return ruleProblem(definition, rule, {
    got: `a row within quotes that is believed, in column ${claim}`,
    expected: "no row behind a line break in a value",
    hint: "escapes_line_breaks = true, if the service escapes it; otherwise use another log of it",
  });
}

/** Adds the columns that a rule does not read, except that of the time: a client may have chosen their values too. */
function withOtherColumns(
  recognize: RecordRecognizer,
  { columns = [], time_field: time }: FilterDefinition,
): RecordRecognizer {
  const read = new Set(recognize.fields.map(({ key }) => key.replace(/\?$/, "")));
  const last = Math.max(columns.length, ...[...read].map(Number).filter(Number.isInteger));
  const others = Array.from({ length: last }, (_, at) => columns[at] ?? String(at + 1)).filter(
    (name, at) => name !== time && !read.has(name) && !read.has(String(at + 1)),
  );
  const fields = others.map((key) => ({ key, pattern: "{*}" }));
  return { ...recognize, fields: [...recognize.fields, ...fields] };
}
