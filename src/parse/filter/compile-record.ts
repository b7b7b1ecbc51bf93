/**
 * Compiles a rule for structured lines: each field's key and pattern, the keys that must be absent, and the pattern for
 * text before the object.
 */
import type { RecordRecognizer, RuleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import type { PatternPart } from "../pattern/pattern.ts";
import { parsePattern } from "../pattern/pattern.ts";
import { parseRecordKey, type RecordKey } from "../structured/record-path.ts";
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
  const { format, fields, absent, before } = recognize;
  const problems: Problem[] = [...twoPeers(recognize, place)];
  const keep = <T>(result: Result<T, Problem>): readonly T[] => {
    if (result.ok) return [result.value];
    problems.push(result.error);
    return [];
  };
  const compiled = fields.flatMap(({ key, pattern }): readonly RecordFieldRule[] => {
    const at = { ...place, key: `${place.key}.${format}.${key}` };
    const [parsed] = keep(keyOf(key, at));
    const [own] = keep(compileLine(rule, pattern, at));
    return parsed === undefined || own === undefined ? [] : [{ ...parsed, key, rule: own }];
  });
  const missing = absent.flatMap((key, i) => {
    const at = { ...place, key: `${place.key}.absent.${i}` };
    return keep(keyOf(key, at)).map(({ paths }) => ({ key, paths }));
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
  });
}

function keyOf(key: string, place: RuleLocation): Result<RecordKey, Problem> {
  const parsed = parseRecordKey(key);
  return parsed.ok ? parsed : fail({ ...place, ...parsed.error });
}

/** The object begins at the first brace of the line, so the text before it contains none. */
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
