/**
 * Validates a parsed TOML table as a FilterDefinition, and reports every problem. Checks only the shape: patterns are
 * compiled later. A problem's `key` is the dotted path in the file ("rule.2.line"); the caller converts it to line and
 * column.
 */
import * as v from "valibot";
import type {
  FilterDefinition,
  FilterHead,
  FilterOverlay,
  Recognizer,
  RuleDefinition,
  SampleDefinition,
} from "../../domain/filter-definition.ts";
import {
  CANARY_KINDS,
  RECORD_FORMATS,
  FILTER_MODES,
  LACKS,
} from "../../domain/filter-definition.ts";
import { CRAWLER_NAMES } from "../../domain/crawlers.ts";
import { LOGIN_METHODS } from "../../domain/login.ts";
import type { Problem } from "../../domain/problem.ts";
import { type Result, fail, ok } from "../../domain/result.ts";
import { abuseCategories } from "./abuse-categories-schema.ts";
import { checkAddresses, checkForms, checkLists, duplicateIds } from "./check-definition.ts";
import { checkCombinations, checkNames, misplacedKey } from "./check-combinations.ts";
import {
  HONEYPOT,
  honeypotRecords,
  recordFields,
  recordsOf,
  type StatedColumns,
} from "./record-tables.ts";
import { checkTimes } from "./stated-times.ts";
import { explainFilterIssues } from "./explain-filter-issue.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));
const texts = v.pipe(v.array(text), v.maxLength(64));
/** Lists of robots are one expression of several thousand characters, so the maximum is high. */
const expression = v.pipe(v.string(), v.minLength(1), v.maxLength(65_536));
const expressions = v.pipe(v.array(expression), v.maxLength(1000));
const mode = v.optional(v.picklist(FILTER_MODES), "normal");
const id = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "lowercase letters, digits and dashes"),
);

/** The configuration takes numbers too. */
const port = v.pipe(v.union([text, v.pipe(v.number(), v.integer())]), v.transform(String));

const fields = v.exactOptional(recordFields);

const oneLine = v.pipe(v.string(), v.regex(/^[^\n]{1,500}$/, "one line"));

const ruleSchema = v.strictObject({
  id,
  is: v.picklist(["failure", "success", "neutral", "pending"]),
  mode,
  evidence: v.exactOptional(oneLine),
  leading_text: v.exactOptional(oneLine),
  unverified: v.exactOptional(v.boolean()),
  recorded: v.exactOptional(v.boolean()),
  claims: v.exactOptional(v.picklist(CRAWLER_NAMES)),
  unknown_user: v.exactOptional(v.boolean()),
  counts: v.exactOptional(v.picklist(["each", "early", "once"])),
  closes: v.optional(v.boolean(), false),
  login: v.exactOptional(v.picklist(LOGIN_METHODS)),
  line: v.optional(v.union([text, v.pipe(texts, v.minLength(1))])),
  regex: v.optional(text),
  json: fields,
  logfmt: fields,
  csv: fields,
  cef: fields,
  w3c: fields,
  sd: fields,
  absent: v.exactOptional(v.pipe(texts, v.minLength(1))),
  before: v.exactOptional(text),
});

const sampleSchema = v.strictObject({
  line: v.string(),
  mode,
  expect: v.union([
    v.literal("none"),
    v.strictObject({
      rule: text,
      ip: v.optional(text),
      user: v.optional(v.string()),
      counts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
      forwarded: v.exactOptional(v.string()),
    }),
  ]),
});

const pythonSchema = v.strictObject({
  failregex: expressions,
  ignoreregex: v.optional(expressions, []),
  prefregex: v.exactOptional(expression),
  datepattern: v.optional(texts, []),
  maxlines: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)), 1),
  usedns: v.optional(v.picklist(["yes", "warn", "no", "raw"]), "no"),
  logtimezone: v.exactOptional(text),
});

const head = {
  name: id,
  description: v.optional(v.string(), ""),
  programs: v.optional(texts, []),
  journal: v.optional(texts, []),
  files: v.optional(texts, []),
  ports: v.optional(v.pipe(v.array(port), v.maxLength(64)), []),
  shared: v.exactOptional(texts),
  clients: v.exactOptional(texts),
  remote: v.exactOptional(v.boolean()),
};

const filterSchema = v.strictObject({
  ...head,
  canary: v.exactOptional(v.picklist(CANARY_KINDS)),
  compare_with: v.exactOptional(id),
  logs_connections: v.exactOptional(v.boolean()),
  lacks: v.exactOptional(v.array(v.picklist(LACKS))),
  names_exclude: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(8))),
  time_zone: v.exactOptional(v.string()),
  time_format: v.exactOptional(v.string()),
  escapes_line_breaks: v.exactOptional(v.boolean()),
  address_headers: v.exactOptional(v.pipe(texts, v.minLength(1))),
  begins: v.exactOptional(text),
  time_field: v.exactOptional(text),
  forwarded_line: v.exactOptional(v.pipe(texts, v.minLength(1))),
  forwarded_field: v.exactOptional(text),
  honeypot_line: v.exactOptional(v.array(v.pipe(text, v.regex(HONEYPOT)))),
  honeypot_record: v.exactOptional(honeypotRecords),
  honeypot_ignores_case: v.exactOptional(v.boolean()),
  records_logins: v.exactOptional(
    v.pipe(
      v.strictObject({ failed: v.exactOptional(texts), succeeded: v.exactOptional(texts) }),
      v.minEntries(1),
      v.transform(({ failed = [], succeeded = [] }) => ({ failed, succeeded })),
    ),
  ),
  abuse_categories: v.exactOptional(abuseCategories),
  columns: v.exactOptional(v.pipe(texts, v.minLength(2))),
  columns_by_name: v.exactOptional(v.boolean()),
  rule: v.optional(v.array(ruleSchema), []),
  python: v.exactOptional(pythonSchema),
  sample: v.optional(v.array(sampleSchema), []),
});

/** A file that only extends another filter, whose name and programs it uses. */
const overlaySchema = v.strictObject({
  extends: text,
  description: v.optional(v.string(), ""),
  rule: v.pipe(v.array(ruleSchema), v.minLength(1)),
  sample: v.optional(v.array(sampleSchema), []),
});

type RuleTable = v.InferOutput<typeof ruleSchema>;
type SampleTable = v.InferOutput<typeof sampleSchema>;

export function isOverlay(table: unknown): boolean {
  return typeof table === "object" && table !== null && "extends" in table;
}

const headSchema = v.object(head);

/** Reads the keys of a filter before its rules, so that a partly parsed table suffices. */
export function readHead(table: unknown, path: string): FilterHead | undefined {
  const parsed = v.safeParse(headSchema, table);
  return parsed.success ? { ...parsed.output, path } : undefined;
}

export function readFilter(
  table: unknown,
  path: string,
): Result<FilterDefinition, readonly Problem[]> {
  const parsed = v.safeParse(filterSchema, table);
  if (!parsed.success) return fail(explainFilterIssues(parsed.issues, path));
  const { rule, sample, python, honeypot_record: honeypots, ...stated } = parsed.output;
  const records = honeypots?.flatMap((table) => recordsOf(table, stated));
  const rest = { ...stated, ...(records === undefined ? {} : { honeypot_record: records }) };
  if ((rule.length === 0) === (python === undefined))
    return fail([{ path, key: "rule", ...(python === undefined ? NO_RULES : TWO_KINDS) }]);
  const rules = readRules(rule, path, rest);
  const wrong = [
    ...checkLists({ ...rest, path }),
    ...checkTimes({ ...rest, path, python }),
    ...checkForms({ ...rest, path, python }),
    ...checkNames({ ...rest, path, python }),
    ...(rules.ok ? checkRules({ ...rest, path, python, rules: rules.value }) : rules.error),
  ];
  if (!rules.ok || wrong.length > 0) return fail(wrong);
  const samples = sample.map(readSample);
  const common = { ...rest, path, rules: rules.value, samples };
  if (python === undefined) return ok(common);
  const { prefregex, logtimezone } = python;
  return ok({ ...common, python: { ...python, prefregex, logtimezone } });
}

function checkRules(filter: Parameters<typeof checkCombinations>[0]): readonly Problem[] {
  return [...checkCombinations(filter), ...checkAddresses(filter.rules, filter.path)];
}

const NO_RULES = {
  got: "a filter without rules",
  expected: "at least one [[rule]]",
  hint: 'as in [[rule]] with id = "login-failed", is = "failure" and line = "login of {user} from {ip} failed" below it',
};
const TWO_KINDS = {
  got: "[[rule]] entries and a [python] table",
  expected: "one of the two",
};

export function readOverlay(
  table: unknown,
  path: string,
): Result<FilterOverlay, readonly Problem[]> {
  const parsed = v.safeParse(overlaySchema, table);
  if (!parsed.success) return fail(explainFilterIssues(parsed.issues, path));
  const { rule, sample, extends: base } = parsed.output;
  const rules = readRules(rule, path);
  return rules.ok
    ? ok({ path, extends: base, rules: rules.value, samples: sample.map(readSample) })
    : rules;
}

function readRules(
  tables: readonly RuleTable[],
  path: string,
  columns: StatedColumns = {},
): Result<readonly RuleDefinition[], readonly Problem[]> {
  const problems: Problem[] = [];
  const rules = tables.flatMap((entry, i) => {
    const read = readRule(entry, columns, { path, key: `rule.${i}` });
    if (read.ok) return [read.value];
    problems.push(read.error);
    return [];
  });
  problems.push(...duplicateIds(tables, path));
  return problems.length > 0 ? fail(problems) : ok(rules);
}

function readRule(
  rule: RuleTable,
  columns: StatedColumns,
  place: { path: string; key: string },
): Result<RuleDefinition, Problem> {
  const ways = recognizersOf(rule, columns);
  const [recognize] = ways;
  if (recognize === undefined || ways.length > 1) {
    const named = ways.map((way) => (way.kind === "record" ? way.format : way.kind)).join(" and ");
    return fail({
      ...place,
      got: recognize === undefined ? `rule "${rule.id}" with nothing to match` : named,
      expected: `exactly one of line, regex, ${RECORD_FORMATS.join(", ")}`,
      hint:
        recognize === undefined
          ? 'as in line = "login of {user} from {ip} failed"'
          : "write a rule for each",
    });
  }
  const format = recognize.kind === "record" ? recognize.format : recognize.kind;
  const misplaced = misplacedKey(rule, format, place);
  if (misplaced !== undefined) return fail(misplaced);
  const login = rule.login ?? "password";
  const { id: ruleId, is, mode: ruleMode, counts: counting = "each", closes } = rule;
  const origin = {
    ...(rule.evidence === undefined ? {} : { evidence: rule.evidence }),
    ...(rule.leading_text === undefined ? {} : { leading_text: rule.leading_text }),
    ...(rule.unverified === true ? { unverified: true } : {}),
    ...(rule.recorded === true ? { recorded: true } : {}),
    ...(rule.claims === undefined ? {} : { claims: rule.claims }),
    ...(rule.unknown_user === true ? { unknown_user: true } : {}),
  };
  return ok({ id: ruleId, is, mode: ruleMode, counting, closes, login, recognize, ...origin });
}

/** Returns the recognizers that the rule contains; exactly one is valid. */
function recognizersOf(rule: RuleTable, columns: StatedColumns): readonly Recognizer[] {
  const { line, regex } = rule;
  const ways: Recognizer[] = [];
  if (line !== undefined)
    ways.push({ kind: "line", patterns: typeof line === "string" ? [line] : line });
  if (regex !== undefined) ways.push({ kind: "regex", source: regex });
  return [...ways, ...recordsOf(rule, columns)];
}

function readSample(sample: SampleTable): SampleDefinition {
  if (sample.expect === "none")
    return { line: sample.line, mode: sample.mode, expect: { kind: "none" } };
  const { line, mode: sampleMode, expect } = sample;
  const { rule, ip, user, counts, ...forwarded } = expect;
  return { line, mode: sampleMode, expect: { kind: "rule", rule, ip, user, counts, ...forwarded } };
}
