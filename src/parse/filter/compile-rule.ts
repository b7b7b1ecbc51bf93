/**
 * Compiles one rule: a pattern, a regular expression, or fields of a record. V8's linear engine must support every
 * expression (checked with its "l" flag). Short messages are matched by the fast engine first, and V8 falls back to the
 * linear one when a message causes too much backtracking (host/linear-regex.ts). Long messages are matched by the exact
 * matcher, with counted steps (long-message.ts).
 */
import type { RuleDefinition } from "../../domain/filter-definition.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import {
  createBeginningCheck,
  createExactExpression,
  readExpression,
} from "../expression/exact-expression.ts";
import { anchor, compileLinear, groupNames } from "../expression/linear-expression.ts";
import type { RequiredTexts } from "../expression/required-texts.ts";
import type { Grammar } from "../pattern/address-source.ts";
import { checkPattern } from "../pattern/check-pattern.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { parsePattern, type PatternPart } from "../pattern/pattern.ts";
import { createPrefixReader, type PrefixReader } from "../pattern/truncated-line.ts";
import { compileRecord, type RuleLocation } from "./compile-record.ts";
import type { CompiledRule, RecordRule } from "./compiled-rule.ts";
import { holdsSession, withSessionField } from "./connection-field.ts";
import { explainExpression } from "./explain-dialect.ts";
import { honeypotOf } from "./honeypot-check.ts";
import { createExpression, createStrictRule, type StrictRule } from "./strict-rule.ts";

type RuleOutcome =
  | { readonly kind: "text"; readonly rules: readonly CompiledRule[] }
  | { readonly kind: "record"; readonly rule: RecordRule };

export function compileRule(
  rule: RuleDefinition,
  place: RuleLocation,
): Result<RuleOutcome, readonly Problem[]> {
  switch (rule.recognize.kind) {
    case "line": {
      const { patterns } = rule.recognize;
      const compiled = patterns.map((pattern, i) => {
        const key = `${place.key}.line${patterns.length > 1 ? `.${i}` : ""}`;
        return compileLine(rule, pattern, { ...place, key });
      });
      const problems = compiled.flatMap((result) => (result.ok ? [] : [result.error]));
      const rules = compiled.flatMap((result) => (result.ok ? [result.value] : []));
      return problems.length > 0 ? fail(problems) : ok({ kind: "text", rules });
    }
    case "regex": {
      const compiled = compileRegex(rule, rule.recognize.source, place);
      return compiled.ok ? ok({ kind: "text", rules: [compiled.value] }) : fail([compiled.error]);
    }
    case "record": {
      const compiled = compileRecord(rule, rule.recognize, place, compileLine);
      return compiled.ok ? ok({ kind: "record", rule: compiled.value }) : compiled;
    }
  }
}

function compileLine(
  rule: RuleDefinition,
  pattern: string,
  place: RuleLocation,
): Result<CompiledRule, Problem> {
  const parts = parsePattern(pattern);
  if (!parts.ok) {
    const { at, got, expected, hint } = parts.error;
    const problem = { ...place, got: `${got} at character ${at + 1} of "${pattern}"`, expected };
    return fail(hint === undefined ? problem : { ...problem, hint });
  }
  const clear = checkPattern(parts.value);
  if (!clear.ok) {
    const { got, ...more } = clear.error;
    return fail({ ...place, got: `${got}, in "${pattern}"`, ...more });
  }
  const of = rule.is === "success" ? "login" : "any";
  const fields = withSessionField(parts.value);
  const compiled = compilePattern(fields, of);
  // Parsed again when needed: most rules of a host are never used, and their parts take more memory than the text.
  const reparse = (): readonly PatternPart[] => {
    const again = parsePattern(pattern);
    return again.ok ? again.value : [];
  };
  const write = (grammar: Grammar): string =>
    anchor(compilePattern(withSessionField(reparse()), of, grammar).source);
  const text: RuleText = {
    ...{ groups: compiled.groups, openings: compiled.openings, required: compiled.required },
    written: pattern,
    write: () => write("quick"),
    namesSession: parts.value.some(holdsSession),
    isolated: false,
    head: createPrefixReader(reparse),
    strict: compiled.groups.includes("ip") ? createStrictRule(() => write("exact")) : undefined,
  };
  return build(rule, text, compileLinear(anchor(compiled.source)), place);
}

function compileRegex(
  rule: RuleDefinition,
  source: string,
  place: RuleLocation,
): Result<CompiledRule, Problem> {
  const wrong = explainExpression(source);
  if (wrong !== undefined) return fail({ ...place, key: `${place.key}.regex`, ...wrong });
  const bare = withAnyDot(source.replace(/^\^/, "").replace(/(?<!\\)\$$/, ""));
  const groups = groupNames(bare);
  const problem = { ...place, key: `${place.key}.regex` };
  if (rule.is === "failure" && !groups.some((name) => name === "ip" || name === "host")) {
    return fail({ ...problem, got: "no address", expected: "a group (?<ip>…) or (?<host>…)" });
  }
  const write = (): string => anchor(`(?:${bare})`);
  const text: RuleText = {
    ...{ groups, ...readExpression(bare), written: source, write },
    namesSession: true,
    isolated: true,
    head: undefined,
    strict: undefined,
  };
  return build(rule, text, compileLinear(write()), problem);
}

/**
 * Makes "." match any character of a line. In JavaScript it does not match "\r", U+2028 and U+2029, with which a client
 * could hide its lines.
 */
function withAnyDot(source: string): string {
  return source.replace(/\\[^]|\[(?:\\[^]|[^\]\\])*\]|\./g, (piece) =>
    piece === "." ? "[^\\n]" : piece,
  );
}

interface RuleText {
  /** The pattern or regular expression of the filter. */
  readonly written: string;
  /** Writes the source of the expression. */
  readonly write: () => string;
  readonly groups: readonly string[];
  readonly openings: readonly string[];
  readonly required: RequiredTexts;
  readonly namesSession: boolean;
  readonly isolated: boolean;
  readonly head: PrefixReader | undefined;
  readonly strict: StrictRule | undefined;
}

function build(
  rule: RuleDefinition,
  { groups, write, ...text }: RuleText,
  checked: ReturnType<typeof compileLinear>,
  place: RuleLocation,
): Result<CompiledRule, Problem> {
  if (!checked.ok) return fail({ ...place, ...checked.error });
  const numbers = (...names: readonly string[]): readonly number[] =>
    groups.flatMap((name, i) => (names.includes(name) ? [i + 1] : []));
  const { id, is: kind, counting, closes, login } = rule;
  return ok({
    ...{ id, kind, counting, closes, login },
    ...text,
    expression: createExpression(write),
    exact: createExactExpression(write),
    mayBegin: createBeginningCheck(write),
    ipGroups: numbers("ip"),
    hostGroups: numbers("host"),
    userGroups: numbers("user"),
    repeatGroups: numbers("count"),
    timeGroups: numbers("time"),
    sessionGroups: numbers("session"),
    portGroups: kind === "success" ? numbers("port") : [],
    captures: numbers("ip", "host", "user", "count", "time", "session", "honeypot").length > 0,
    ...honeypotOf(rule, numbers("honeypot")),
  });
}
