/**
 * Compiles a FilterDefinition to a Filter. This is the only module that creates regular expressions from configuration.
 * V8's linear engine must support every expression (checked with its "l" flag). Short messages are matched by the fast
 * engine first, and V8 falls back to the linear one when a message causes too much backtracking (host/linear-regex.ts).
 * Long messages are matched by the exact matcher, with counted steps (long-message.ts).
 */
import {
  type FilterDefinition,
  type FilterMode,
  type JsonField,
  modeIncludes,
  type RuleChoice,
  type RuleDefinition,
} from "../../domain/filter-definition.ts";
import type { LoginMethod } from "../../domain/login.ts";
import type { Counting, MatchKind } from "../../domain/match.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { checkPattern } from "../pattern/check-pattern.ts";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { numbersConnections, withSessionField } from "./connection-field.ts";
import { createExactExpression, type ExactExpression } from "../expression/exact-expression.ts";
import { explainExpression } from "./explain-dialect.ts";
import { createPrefixReader, type PrefixReader } from "../pattern/truncated-line.ts";
import type { LineRecognizer } from "../../domain/line-recognizer.ts";
import { anchor, compileLinear, groupNames } from "../expression/linear-expression.ts";
import { parsePattern } from "../pattern/pattern.ts";
import type { Recapture, RecaptureOptions } from "./recapture.ts";
import { createStrictRule, type StrictRule } from "./strict-rule.ts";
import type { LocalOffset } from "../header/timestamp.ts";

/** One compiled expression of a rule; a rule with several patterns has several. */
export interface CompiledRule {
  readonly id: string;
  readonly kind: MatchKind;
  readonly counting: Counting;
  readonly closes: boolean;
  readonly login: LoginMethod;
  /** Sticky; set `lastIndex` to the message's start. Consumes the "\n" that ends the line. */
  readonly expression: RegExp;
  /** The same for long messages. */
  readonly exact: ExactExpression;
  /** The same for messages in which these capture an invalid address; undefined: they capture only valid ones. */
  readonly strict: StrictRule | undefined;
  /** For truncated lines; undefined: the effect of a hand-written expression on them is unknown. */
  readonly head: PrefixReader | undefined;
  /** Whether it must be given only its line: a hand-written expression can match across "\n". */
  readonly isolated: boolean;
  /** Capture group numbers: none if the rule has no such field, several if a pattern has several alternatives. */
  readonly ipGroups: readonly number[];
  readonly hostGroups: readonly number[];
  readonly userGroups: readonly number[];
  readonly repeatGroups: readonly number[];
  readonly timeGroups: readonly number[];
  readonly sessionGroups: readonly number[];
  /** Only for successes. */
  readonly portGroups: readonly number[];
  /** Whether it has any of these groups. */
  readonly captures: boolean;
  /** See CompiledPattern. */
  readonly openings: readonly string[];
  readonly required: string;
}

export interface JsonFieldRule {
  readonly path: readonly string[];
  /** The path as one string. */
  readonly key: string;
  readonly rule: CompiledRule;
}

export interface JsonRule {
  readonly id: string;
  readonly kind: MatchKind;
  readonly counting: Counting;
  readonly closes: boolean;
  readonly login: LoginMethod;
  readonly fields: readonly JsonFieldRule[];
}

export interface Filter {
  readonly name: string;
  readonly mode: FilterMode;
  /** Equal for filters with the same rules. */
  readonly variant: string;
  readonly programs: readonly string[];
  readonly rules: readonly CompiledRule[];
  readonly jsonRules: readonly JsonRule[];
  /** Used instead of rules, for every line; creates one for each source. */
  readonly createRecognizer?: (localOffset: LocalOffset) => LineRecognizer;
  /** Of a filter that captures more than a match holds. */
  readonly createRecapture?: (options: RecaptureOptions) => Recapture;
}

export function compileFilter(
  definition: FilterDefinition,
  mode: FilterMode,
  choice: RuleChoice = "all",
): Result<Filter, readonly Problem[]> {
  const problems: Problem[] = [];
  const rules: CompiledRule[] = [];
  const jsonRules: JsonRule[] = [];
  for (const [index, rule] of definition.rules.entries()) {
    if (choice === "verified" && rule.unverified === true) continue;
    const place = rule.location ?? { path: definition.path, key: `rule.${index}` };
    const compiled = compileRule(inMode(rule, mode), place);
    if (!compiled.ok) problems.push(...compiled.error);
    else if (compiled.value.kind === "json") jsonRules.push(compiled.value.rule);
    else rules.push(...compiled.value.rules);
  }
  if (problems.length > 0) return fail(problems);
  const { name, programs } = definition;
  const filter = { name, mode, variant: `${name} ${mode} ${choice}`, programs, rules, jsonRules };
  return ok(numbersConnections(definition.rules) ? filter : asOneSession(filter));
}

function asOneSession(filter: Filter): Filter {
  const plain = (rule: CompiledRule): CompiledRule =>
    rule.sessionGroups.length > 0 ? { ...rule, sessionGroups: [] } : rule;
  const jsonRules = filter.jsonRules.map((rule) => {
    const fields = rule.fields.map((field) => ({ ...field, rule: plain(field.rule) }));
    return { ...rule, fields };
  });
  return { ...filter, rules: filter.rules.map(plain), jsonRules };
}

/** A rule of a stricter mode still provides context in a milder one: its lines are recognized and identify the peer. */
function inMode(rule: RuleDefinition, mode: FilterMode): RuleDefinition {
  return modeIncludes(mode, rule.mode) ? rule : { ...rule, is: "pending" };
}

type RuleOutcome =
  | { readonly kind: "text"; readonly rules: readonly CompiledRule[] }
  | { readonly kind: "json"; readonly rule: JsonRule };
interface RuleLocation {
  readonly path: string;
  readonly key: string;
}

function compileRule(
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
    case "json": {
      const twice = twoPeers(rule.recognize.fields, place);
      if (twice !== undefined) return fail([twice]);
      const fields = rule.recognize.fields.map(({ path, pattern }) => ({
        path,
        rule: compileLine(rule, pattern, {
          ...place,
          key: `${place.key}.json.${path.join(".")}`,
        }),
      }));
      const problems = fields.flatMap((field) => (field.rule.ok ? [] : [field.rule.error]));
      if (problems.length > 0) return fail(problems);
      const good = fields.flatMap(({ path, rule: compiled }) =>
        compiled.ok ? [{ path, key: path.join("."), rule: compiled.value }] : [],
      );
      return ok({
        kind: "json",
        rule: {
          id: rule.id,
          kind: rule.is,
          counting: rule.counting,
          closes: rule.closes,
          login: rule.login,
          fields: good,
        },
      });
    }
  }
}

function twoPeers(fields: readonly JsonField[], place: RuleLocation): Problem | undefined {
  for (const name of ["ip", "host"]) {
    const naming = fields.filter(({ pattern }) => pattern.includes(`{${name}}`));
    if (naming.length > 1)
      return {
        ...place,
        key: `${place.key}.json`,
        got: `{${name}} in two fields`,
        expected: "one peer",
        hint: `give the field that is not the peer another name, as in {server:${name}}`,
      };
  }
  return undefined;
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
  const head = createPrefixReader(parts.value);
  const strict = compiled.groups.includes("ip")
    ? createStrictRule(() => anchor(compilePattern(fields, of, "exact").source))
    : undefined;
  return build(rule, { ...compiled, isolated: false, head, strict }, place);
}

function compileRegex(
  rule: RuleDefinition,
  source: string,
  place: RuleLocation,
): Result<CompiledRule, Problem> {
  const wrong = explainExpression(source);
  if (wrong !== undefined) return fail({ ...place, key: `${place.key}.regex`, ...wrong });
  const bare = source.replace(/^\^/, "").replace(/(?<!\\)\$$/, "");
  const groups = groupNames(bare);
  const problem = { ...place, key: `${place.key}.regex` };
  if (rule.is === "failure" && !groups.some((name) => name === "ip" || name === "host")) {
    return fail({ ...problem, got: "no address", expected: "a group (?<ip>…) or (?<host>…)" });
  }
  return build(
    rule,
    {
      source: `(?:${bare})`,
      groups,
      openings: [""],
      required: "",
      isolated: true,
      head: undefined,
      strict: undefined,
    },
    problem,
  );
}

interface Expression {
  readonly source: string;
  readonly groups: readonly string[];
  readonly openings: readonly string[];
  readonly required: string;
  readonly isolated: boolean;
  readonly head: PrefixReader | undefined;
  readonly strict: StrictRule | undefined;
}

function build(
  rule: RuleDefinition,
  { source, groups, openings, required, isolated, head, strict }: Expression,
  place: RuleLocation,
): Result<CompiledRule, Problem> {
  const anchored = anchor(source);
  const expression = compileLinear(anchored);
  if (!expression.ok) return fail({ ...place, ...expression.error });
  const numbers = (...names: readonly string[]): readonly number[] =>
    groups.flatMap((name, i) => (names.includes(name) ? [i + 1] : []));
  return ok({
    id: rule.id,
    kind: rule.is,
    counting: rule.counting,
    closes: rule.closes,
    login: rule.login,
    expression: expression.value,
    exact: createExactExpression(() => anchored),
    strict,
    head,
    isolated,
    ipGroups: numbers("ip"),
    hostGroups: numbers("host"),
    userGroups: numbers("user"),
    repeatGroups: numbers("count"),
    timeGroups: numbers("time"),
    sessionGroups: numbers("session"),
    portGroups: rule.is === "success" ? numbers("port") : [],
    captures: numbers("ip", "host", "user", "count", "time", "session").length > 0,
    openings,
    required,
  });
}
