/**
 * Compiles a date pattern of fail2ban ("%d/%b/%Y %H:%M:%S", EPOCH, TAI64N, with {^LN-BEG}, {UNB}, "**") to a template
 * that finds such a date in a line. Group 1 covers the date, which is cut out of the line.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  compilePythonExpression,
  type PythonExpression,
  type SearchContext,
} from "../../parse/expression/python-expression.ts";
import type { DateFields } from "./date-fields.ts";

export interface DateMatch {
  /** Start of the whole match. */
  readonly start: number;
  readonly end: number;
  /** Start of the date, which is cut out. */
  readonly dateStart: number;
  readonly dateEnd: number;
  readonly fields: DateFields;
}

/** Range of positions in a line to search. */
export interface DateRange {
  readonly from: number;
  readonly to: number;
}

export interface DateTemplate {
  /** Name of the pattern, as fail2ban shows it. */
  readonly name: string;
  readonly pattern: string;
  /** The compiled regular expression. */
  readonly expression: string;
  /** Whether it only matches at the start or the end of the line. */
  readonly anchored: boolean;
  readonly lineBegin: boolean;
  readonly weight: number;
  find(line: string, context: SearchContext, range?: DateRange): DateMatch | undefined;
}

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS = [
  ...["january", "february", "march", "april", "may", "june", "july"],
  ...["august", "september", "october", "november", "december"],
];
const short = (names: readonly string[]): string => names.map((name) => name.slice(0, 3)).join("|");
const long = (names: readonly string[]): string =>
  [...names].sort((a, b) => b.length - a.length).join("|");

const ZONE_NAME = "[A-Z](?:[A-Z]{2,4})?";
const OFFSET = String.raw`[+-][01]\d(?::?\d{2})?`;
/** Years 1990 to 2099; logs of earlier years are not expected. */
const EXACT_YEAR = String.raw`(?:20[0-9]|19[9])\d`;

/** Tokens, each with the name fail2ban shows and its expression. Group names are the letters of strptime. */
const TOKENS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["a", ["DAY", `(?P<a>${short(WEEKDAYS)})`]],
  ["A", ["DAYNAME", `(?P<A>${long(WEEKDAYS)})`]],
  ["b", ["MON", `(?P<b>${short(MONTHS)})`]],
  ["B", ["MONTH", `(?P<B>${long(MONTHS)})`]],
  ["d", ["Day", String.raw`(?P<d>[12]\d|[0 ]?[1-9]|3[01])`]],
  ["f", ["Microseconds", "(?P<f>[0-9]{1,6})"]],
  ["H", ["24hour", String.raw`(?P<H>[01]?\d|2[0-3])`]],
  ["I", ["12hour", "(?P<I>1[0-2]|0[1-9]|[1-9])"]],
  [
    "j",
    ["Yearday", String.raw`(?P<j>36[0-6]|3[0-5]\d|[12]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9])`],
  ],
  ["k", ["%k", String.raw` ?(?P<H>[0-2]?\d)`]],
  ["l", ["%l", String.raw` ?(?P<I>1?\d)`]],
  ["m", ["Month", "(?P<m>0?[1-9]|1[0-2])"]],
  ["M", ["Minute", String.raw`(?P<M>[0-5]?\d)`]],
  ["p", ["AMPM", "(?P<p>am|pm)"]],
  ["S", ["Second", String.raw`(?P<S>[0-5]?\d|6[01])`]],
  ["w", ["Weekday", "(?P<w>[0-6])"]],
  ["y", ["Year2", String.raw`(?P<y>\d\d)`]],
  ["Y", ["Year", String.raw`(?P<Y>\d{4})`]],
  ["z", ["Zone offset", `(?P<z>Z|UTC|GMT|${OFFSET})`]],
  ["Z", ["Zone name", "(?P<Z>Z|[A-Z]{3,5})"]],
  ["%", ["%", "%"]],
  ["Exd", ["ExDay", String.raw`(?P<d>[12]\d|0[1-9]|3[01])`]],
  ["Exm", ["ExMonth", "(?P<m>0[1-9]|1[0-2])"]],
  ["ExH", ["Ex24hour", String.raw`(?P<H>[01]\d|2[0-3])`]],
  ["Exk", ["Ex%k", String.raw` ?(?P<H>[01]?\d|2[0-3])`]],
  ["Exl", ["Ex%l", String.raw` ?(?P<I>1[0-2]|\d)`]],
  ["ExM", ["ExMinute", String.raw`(?P<M>[0-5]\d)`]],
  ["ExS", ["ExSecond", String.raw`(?P<S>[0-5]\d|6[01])`]],
  ["ExY", ["ExYear", `(?P<Y>${EXACT_YEAR})`]],
  ["Exy", ["ExYear2", String.raw`(?P<y>\d{2})`]],
  ["Exz", ["ExZone offset", `(?P<z>(?:${ZONE_NAME})?${OFFSET}|${ZONE_NAME})`]],
  ["ExZ", ["ExZone name", `(?P<Z>${ZONE_NAME})`]],
]);

const EPOCH = String.raw`\d{10,11}\b(?:\.\d{3,6})?`;
const LONG_EPOCH = String.raw`\d{10,11}(?:\d{3}(?:\.\d{1,6}|\d{3})?)?`;
const EPOCH_TAG = /(?<!\\)\{L?EPOCH\}/i;
const LINE_BEGIN = "{^LN-BEG}";

type Bound = "word" | "line" | "none";

/** A pattern, and what must precede and follow the date. */
interface Plan {
  readonly name: string;
  readonly expression: string;
  readonly begin: Bound;
  readonly end: Bound;
  readonly reader: "fields" | "epoch" | "long-epoch" | "tai64n";
  /** The group with the number of an epoch. */
  readonly valueGroup: number;
}

export function compileDatePattern(
  pattern: string,
  { weight = 1 }: { readonly weight?: number } = {},
): Result<DateTemplate, string> {
  const unknown = unknownToken(pattern);
  if (unknown !== undefined) return fail(`"${unknown}" is not part of a date`);
  const plan = planEpoch(pattern) ?? planTai(pattern) ?? planFields(pattern);
  const { source, anchored, lineBegin } = withBounds(plan);
  const compiled = compilePythonExpression(source);
  if (!compiled.ok) return fail(`${compiled.error.message} at ${compiled.error.at} of ${source}`);
  const find = createFinder(compiled.value, plan);
  return ok({ name: plan.name, pattern, expression: source, anchored, lineBegin, weight, find });
}

function planEpoch(pattern: string): Plan | undefined {
  const isLong = /LEPOCH/i.test(pattern);
  const reader = isLong ? "long-epoch" : "epoch";
  const number = isLong ? LONG_EPOCH : EPOCH;
  if (EPOCH_TAG.test(pattern)) {
    const { rest, begin, end } = explicitBounds(pattern);
    const expression = `(${rest.replace(EPOCH_TAG, () => `(${number})`)})`;
    return { name: pattern, expression, begin, end, reader, valueGroup: 2 };
  }
  const bare = /^(?<start>\{\^LN-BEG\}|\^)?L?EPOCH$/i.exec(pattern);
  if (bare === null) return undefined;
  const name = isLong ? "LongEpoch" : "Epoch";
  // At the start of a line the number follows directly, without a bracket or "audit(".
  if (bare.groups?.["start"] !== undefined) {
    return {
      name: LINE_BEGIN + name,
      expression: `(${number})`,
      begin: "line",
      end: "word",
      reader,
      valueGroup: 1,
    };
  }
  return {
    name,
    expression: String.raw`(?:^|(?<=^\[)|(?<=\baudit\())(${number})`,
    begin: "none",
    end: "word",
    reader,
    valueGroup: 1,
  };
}

function planTai(pattern: string): Plan | undefined {
  const match = /^(?<start>\{\^LN-BEG\}|\^)?TAI64N$/i.exec(pattern);
  if (match === null) return undefined;
  const start = match.groups?.["start"] !== undefined;
  return {
    name: start ? `${LINE_BEGIN}TAI64N` : "TAI64N",
    expression: "(@[0-9a-f]{24})",
    begin: start ? "line" : "none",
    end: "word",
    reader: "tai64n",
    valueGroup: 1,
  };
}

const TOKEN = /%(%|Ex[a-zA-Z]|[a-zA-Z])/g;

/** Returns an unknown "%" directive, which fail2ban refuses too. */
function unknownToken(pattern: string): string | undefined {
  const rest = pattern.replace(TOKEN, (whole, key: string) => (TOKENS.has(key) ? "" : whole));
  return /%.{0,3}/.exec(rest)?.[0];
}

function planFields(pattern: string): Plan {
  const { rest, begin, end } = explicitBounds(pattern);
  const replace = (which: 0 | 1): string =>
    rest.replace(TOKEN, (whole, key: string) => TOKENS.get(key)?.[which] ?? whole);
  const named = /(?<!%)%[aAbBp]/.test(pattern) ? `(?iu)${replace(1)}` : replace(1);
  const prefix = begin === "line" ? LINE_BEGIN : "";
  return {
    name: prefix + replace(0),
    expression: named,
    begin,
    end,
    reader: "fields",
    valueGroup: 1,
  };
}

function explicitBounds(pattern: string): { rest: string; begin: Bound; end: Bound } {
  if (pattern.startsWith("{UNB}")) return { rest: pattern.slice(5), begin: "none", end: "none" };
  if (pattern.toUpperCase().startsWith(LINE_BEGIN))
    return { rest: pattern.slice(LINE_BEGIN.length), begin: "line", end: "word" };
  return { rest: pattern, begin: "word", end: "word" };
}

/** Adds word boundaries, unless the pattern is anchored or contains "**". */
function withBounds({ expression, begin, end }: Plan): {
  source: string;
  anchored: boolean;
  lineBegin: boolean;
} {
  const flags = /^\(\?[a-z]+\)/.exec(expression)?.[0] ?? "";
  let source = expression.slice(flags.length).trim();
  const freeBegin = begin === "none" || /^\(*(?:\^|\(*\*\*|\((?:\?:)?\^)/.test(source);
  const freeEnd = end === "none" || /(?<!\\)(?:\$\)?|\\b|\\s|\*\*\)*)$/.test(source);
  if (!/(?<!\\)\((?!\?)/.test(source)) source = source.replace(/^(\^?)([^]*?)(\$?)$/, "$1($2)$3");
  if (!freeBegin)
    source = (begin === "line" ? String.raw`^(?:\W{0,2})?` : String.raw`(?=^|\b|\W)`) + source;
  if (!freeEnd) source += String.raw`(?=\b|\W|$)`;
  source = source.replace(/^(\(*)\*\*/, "$1").replace(/(?<!\\)\*\*(\)*)$/, "$1");
  const lineBegin = /^(?:\^|\((?:\?:)?\^(?!\|))/.test(source);
  const lineEnd = /(?<![\\|])\$\)?$/.test(source) && freeEnd;
  return { source: flags + source, anchored: lineBegin || lineEnd, lineBegin };
}

function createFinder(expression: PythonExpression, plan: Plan): DateTemplate["find"] {
  const letters = [...expression.names].filter(([name]) => /^[A-Za-z]$/.test(name));
  return (line, context, { from, to } = { from: 0, to: line.length }) => {
    const spans = expression.locate(line, context, from, to);
    if (spans === null) return undefined;
    const textOf = (group: number): string | undefined => {
      const [start = -1, end = -1] = [spans[group * 2], spans[group * 2 + 1]];
      return start < 0 || end < 0 ? undefined : line.slice(start, end);
    };
    return {
      start: spans[0] ?? 0,
      end: spans[1] ?? 0,
      dateStart: spans[2] ?? -1,
      dateEnd: spans[3] ?? -1,
      fields:
        plan.reader === "fields"
          ? new Map(letters.map(([name, group]) => [name, textOf(group) ?? ""]))
          : new Map([[plan.reader, textOf(plan.valueGroup) ?? ""]]),
    };
  };
}
