/**
 * Compiles a rule for structured lines: each field's key and pattern, the keys that must be absent, and the pattern for
 * text before the object.
 */
import {
  type FilterDefinition,
  RECORD_FORMATS,
  type RecordRecognizer,
  type RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import type { PatternPart } from "../pattern/pattern.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { columnsKey } from "../structured/csv-header.ts";
import { MAX_VALUES } from "../structured/read-record.ts";
import { parseRecordKey, type PathStep, type RecordKey } from "../structured/record-path.ts";
import type { CompiledRule, RecordFieldRule, RecordRule } from "./compiled-rule.ts";

export interface RuleLocation {
  readonly path: string;
  readonly key: string;
}

type CompileLine = (
  rule: RuleDefinition,
  pattern: string,
  place: RuleLocation,
) => Result<CompiledRule, Problem>;

export function compileRecord(
  rule: RuleDefinition,
  recognize: RecordRecognizer,
  place: RuleLocation,
  compileLine: CompileLine,
): Result<RecordRule, readonly Problem[]> {
  const { format, fields, absent, before, columns, byHeader } = recognize;
  const problems: Problem[] = [...twoPeers(recognize, place)];
  const keep = <T>(result: Result<T, Problem>): readonly T[] => {
    if (result.ok) return [result.value];
    problems.push(result.error);
    return [];
  };
  const compiled = fields.flatMap(({ key, pattern }): readonly RecordFieldRule[] => {
    const at = { ...place, key: `${place.key}.${format}.${key}` };
    const [parsed] = keep(keyOf(key, recognize, at));
    const [own] = keep(compileLine(rule, pattern, at));
    return parsed === undefined || own === undefined ? [] : [{ ...parsed, key, rule: own }];
  });
  const missing = absent.flatMap((key, i) => {
    const at = { ...place, key: `${place.key}.absent.${i}` };
    return keep(keyOf(key, recognize, at)).map(({ paths }) => ({ key, paths }));
  });
  const [prefix] =
    before === undefined ? [] : keep(compileBefore(rule, before, place, compileLine));
  if (problems.length > 0) return fail(problems);
  const { id, is: kind, counting, closes, login } = rule;
  const meaning = { id, kind, counting, closes, login };
  return ok({
    ...meaning,
    format,
    fields: compiled,
    absent: missing,
    before: prefix,
    time: undefined,
    columns: format === "csv" ? columns : [],
    byHeader: byHeader === true ? columnsKey(columns) : "",
  });
}

export function keyOf(
  key: string,
  { format, columns }: Pick<RecordRecognizer, "format" | "columns">,
  place: RuleLocation,
): Result<RecordKey, Problem> {
  const parsed = parseRecordKey(key);
  if (!parsed.ok) return fail({ ...place, ...parsed.error });
  if (format === "w3c") return checkW3cKey(parsed.value, key, columns, place);
  if (format !== "csv") return parsed;
  const paths = parsed.value.paths.map((path) => positionOf(path, columns));
  if (!paths.every((path) => path !== undefined)) return fail(unknownColumn(key, columns, place));
  return ok({ ...parsed.value, paths });
}

function unknownColumn(key: string, columns: readonly string[], place: RuleLocation): Problem {
  const expected =
    columns.length > 0
      ? `one of ${columns.join(", ")}`
      : 'a position from "1", or columns = [ … ] in the filter';
  return { ...place, got: `column ${JSON.stringify(key)}`, expected };
}

/** The columns of a log follow from its directives; those of the filter are the ones of its samples. */
function checkW3cKey(
  key: RecordKey,
  written: string,
  columns: readonly string[],
  place: RuleLocation,
): Result<RecordKey, Problem> {
  const isNamed = key.paths.every(
    ([step, ...others]) =>
      step?.kind === "key" && others.length === 0 && columns.includes(step.key),
  );
  if (columns.length > 0 && isNamed) return ok(key);
  const expected = "columns = [ … ] in the filter, with the names of its samples' #Fields line";
  if (columns.length === 0) return fail({ ...place, got: "w3c without columns", expected });
  return fail(unknownColumn(written, columns, place));
}

/** Finds a CSV value by the name of its column, or by its number from "1". */
function positionOf(
  path: readonly PathStep[],
  columns: readonly string[],
): readonly PathStep[] | undefined {
  const [step, ...others] = path;
  if (step?.kind !== "key" || others.length > 0) return undefined;
  const at = columns.indexOf(step.key);
  if (at >= 0) return [{ kind: "key", key: String(at + 1) }];
  const last = columns.length > 0 ? columns.length : MAX_VALUES;
  return /^[1-9]\d{0,2}$/.test(step.key) && Number(step.key) <= last ? path : undefined;
}

/**
 * Compiles the pattern for the text before the object. The object begins at the first brace of the line, so this text
 * contains none.
 */
function compileBefore(
  rule: RuleDefinition,
  before: string,
  place: RuleLocation,
  compileLine: CompileLine,
): Result<CompiledRule, Problem> {
  const at = { ...place, key: `${place.key}.before` };
  const parts = parsePattern(before);
  if (parts.ok && parts.value.some((part) => part.kind === "literal" && part.text.includes("{")))
    return fail({
      ...at,
      got: `a brace in "${before}"`,
      expected: "the text before the object, which begins at the first brace",
    });
  return compileLine(rule, before, at);
}

function twoPeers(
  { format, fields, before }: RecordRecognizer,
  place: RuleLocation,
): readonly Problem[] {
  const patterns = [...fields.map(({ pattern }) => pattern), before ?? ""].map(parsePattern);
  for (const name of ["ip", "host"]) {
    const naming = patterns.filter((parts) => parts.ok && parts.value.some(isNamed(name)));
    if (naming.length > 1)
      return [
        {
          ...place,
          key: `${place.key}.${format}`,
          got: `{${name}} in two fields`,
          expected: "one peer",
          hint: `give the field that is not the peer another name, as in {server:${name}}; for the first field that is present, write "one|other" = "{${name}}"`,
        },
      ];
  }
  return [];
}

function isNamed(name: string): (part: PatternPart) => boolean {
  const isField = (part: PatternPart): boolean => {
    switch (part.kind) {
      case "literal":
      case "skip":
        return false;
      case "field":
        return part.name === name;
      case "optional":
        return part.parts.some(isField);
      case "choice":
        return part.branches.some((branch) => branch.some(isField));
    }
  };
  return isField;
}

/** Lets the first value of CSV lines be their time, unless a rule reads something else there. */
function withTimeAtHead(rules: readonly RecordRule[]): readonly RecordRule[] {
  const isFirst = ({ paths }: RecordFieldRule): boolean =>
    paths.some(([step]) => step?.kind === "key" && step.key === "1");
  const isOther = rules.some(
    ({ format, fields }) =>
      format === "csv" &&
      fields.some((field) => isFirst(field) && field.rule.timeGroups.length === 0),
  );
  if (isOther) return rules;
  return rules.map((rule) => (rule.format === "csv" ? { ...rule, mayBeginWithTime: true } : rule));
}

/** Returns the same rules, with the field that contains the time if the filter names one. `rules`: those that compile. */
export function withTimeField(
  { time_field: key, columns = [], path, rules: defined }: FilterDefinition,
  rules: readonly RecordRule[],
): Result<readonly RecordRule[], Problem> {
  if (key === undefined) return ok(withTimeAtHead(rules));
  const place = { path, key: "time_field" };
  if (defined.every(({ recognize }) => recognize.kind !== "record")) {
    const got = "time_field in a filter without rules for structured lines";
    return fail({
      ...place,
      got,
      expected: `a rule with ${RECORD_FORMATS.slice(0, -1).join(", ")} or ${RECORD_FORMATS.at(-1)}`,
      hint: "in a pattern, write {time}",
    });
  }
  const timed: RecordRule[] = [];
  for (const rule of rules) {
    const parsed = keyOf(key, { format: rule.format, columns }, place);
    if (!parsed.ok) return parsed;
    timed.push({ ...rule, time: { key: `time ${key}`, paths: parsed.value.paths } });
  }
  return ok(timed);
}
