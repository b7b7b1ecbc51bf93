/**
 * Runs `filter new`, which drafts a filter from a sample, `filter test`, which tests a filter like a shipped one, and
 * `filter explain`, which explains a line.
 */
import { countForgeries, testFilter, type TestedFilter } from "../../jails/test-filter.ts";
import { isOwn, openLibrary } from "../../jails/load-filters.ts";
import { amount } from "../../domain/amount.ts";
import { CodedError } from "../../domain/errors.ts";
import type { FilterDefinition } from "../../domain/filter-definition.ts";
import { formatProblem, type Problem } from "../../domain/problem.ts";
import { compileForwarded } from "../../parse/filter/forwarded-reader.ts";
import { formatInstant } from "../../domain/instant.ts";
import { routeSample } from "./filter/route-sample.ts";
import { explainLine, type RuleAttempt } from "../../parse/filter/explain-line.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { ownDirectories, readNamedFilter, readNamedFilters } from "../read-named-filter.ts";
import { safe } from "../terminal.ts";
import { docPage } from "../../config/doc-page.ts";
import type { NewFilterOptions } from "./filter/new-filter.ts";

export interface FilterOptions extends NewFilterOptions {
  /** Whether explain shows every rule. */
  readonly all: boolean;
}

export async function filter(
  context: CommandContext,
  action: "new" | "test" | "explain",
  words: readonly string[],
  options: FilterOptions,
): Promise<ExitCode> {
  if (action !== "new" && (options.yes || options.out !== undefined))
    throw new CodedError("usage", `--${options.yes ? "yes" : "out"} is an option of filter new`);
  if (action !== "explain" && options.all)
    throw new CodedError("usage", "--all is an option of filter explain");
  switch (action) {
    case "new":
      return (await import("./filter/new-filter.ts")).newFilter(context, words, options);
    case "test":
      return test(context, words);
    case "explain":
      return explain(context, words, options);
  }
}

async function test(context: CommandContext, names: readonly string[]): Promise<ExitCode> {
  const filters =
    names.length === 0 ? await readOwnFilters(context) : await readNamedFilters(context, names);
  let isGood = true;
  for (const definition of filters) {
    const tested = await testFilter(definition);
    // Gaps are errors in a shipped filter, and advice for an administrator's.
    const isShipped = !isOwn(definition);
    if (tested.problems.length > 0 || (isShipped && tested.gaps.length > 0)) isGood = false;
    context.terminal.show(describeTested(definition, tested));
  }
  return isGood ? EXIT.ok : EXIT.config;
}

async function readOwnFilters(context: CommandContext): Promise<readonly FilterDefinition[]> {
  const directories = await ownDirectories(context);
  const { filters, problems } = await (await openLibrary(directories)).read([]);
  if (problems.length > 0)
    throw new CodedError("bad-config", problems.map(formatProblem).join("\n"));
  const own = [...filters.values()].filter(isOwn);
  if (own.length > 0) return own;
  const where = directories.join(", ");
  throw new CodedError("usage", `no filter and no addition to a shipped filter in ${where}`, {
    hint: "specify a filter or the path of its file: bailiff filter test FILE",
  });
}

function describeTested(
  definition: FilterDefinition,
  { problems, gaps, stated }: TestedFilter,
): string {
  const { name, rules } = definition;
  const list = (found: readonly Problem[]): string =>
    found.map((one) => `\n  ${safe(formatProblem(one))}`).join("");
  const forged = countForgeries(definition);
  const verdict =
    problems.length === 0
      ? `passed: ${amount(rules.length, "rule")}, ${amount(definition.samples.length, "sample")}, ${amount(forged, "forged line")}`
      : `${amount(problems.length, "problem")}:${list(problems)}`;
  const missing = gaps.length === 0 ? "" : `\n${name}: to add:${list(gaps)}`;
  const known =
    stated.length === 0
      ? ""
      : `\n${name}: clients can forge records, as escapes_line_breaks = false says:${list(stated)}`;
  return `${name}: ${verdict}${missing}${known}`;
}

const OWN_LOG_ONLY =
  "\nThat is so only in a log that this service alone writes: elsewhere the line is that of another program.";

/** Without --all, only as many of the rules that come closest are shown. */
const MAX_SHOWN = 3;

async function explain(
  context: CommandContext,
  words: readonly string[],
  { all }: Pick<FilterOptions, "all">,
): Promise<ExitCode> {
  const [name, line, ...more] = words;
  if (name === undefined || line === undefined || more.length > 0)
    throw new CodedError("usage", "filter explain takes a filter and one line", {
      hint: "put the line in quotes: bailiff filter explain sshd 'Failed password for …'",
    });
  const definition = await readNamedFilter(context, name);
  const shared = explainLine(definition, line, "shared");
  const isShared = shared.some(({ isMatch }) => isMatch);
  const attempts = isShared ? shared : explainLine(definition, line, "own");
  const first = attempts.findIndex(({ isMatch }) => isMatch);
  const lines = attempts
    .map((attempt, i) => ({ attempt, isLate: first >= 0 && i > first }))
    .toSorted((a, b) => closeness(b.attempt, line) - closeness(a.attempt, line))
    .map(({ attempt, isLate }) => describeAttempt(attempt, isLate));
  const shown = all ? lines : lines.slice(0, MAX_SHOWN);
  const hidden = lines.length - shown.length;
  const verdict =
    first < 0
      ? `No rule matches. To add one: ${docPage("filters.md")}`
      : `Rule "${attempts[first]?.rule}" is used: it is the first that matches.${isShared ? "" : OWN_LOG_ONLY}`;
  const note = hidden === 0 ? [] : [`${amount(hidden, "more rule")} (--all shows them)`];
  const forwarded = describeForwarded(definition, line);
  const time = describeTime(definition, line);
  context.terminal.show([...shown, ...note, ...forwarded, ...time, verdict].join("\n"));
  return first < 0 ? EXIT.no : EXIT.ok;
}

/** A match of some words counts more than words of the rest that the line has anywhere. */
function closeness({ isMatch, matched, expected }: RuleAttempt, line: string): number {
  if (isMatch) return Number.POSITIVE_INFINITY;
  const words = new Set(expected.match(/[a-z]{3,}/gi));
  const shared = [...words].filter((word) => line.includes(word)).length;
  return 100 * (matched.match(/\w+\W/g)?.length ?? 0) + shared;
}

function describeForwarded(definition: FilterDefinition, line: string): readonly string[] {
  const read = compileForwarded(definition);
  const list = read.ok ? read.value?.(line) : undefined;
  return list === undefined
    ? []
    : [`Forwarded addresses, if the peer is in trusted_proxies: ${JSON.stringify(safe(list))}.`];
}

/** Describes the time of a recognized line, if the filter states its zone or form. */
function describeTime(definition: FilterDefinition, line: string): readonly string[] {
  const { time_zone: zone, time_format: form } = definition;
  const match = routeSample(definition, [line])?.[0];
  if (match === undefined || (zone === undefined && form === undefined)) return [];
  if (match.isTimed) return [`Time: ${formatInstant(match.at)}`];
  return [`Time: none${form === undefined ? "" : ` in the form ${JSON.stringify(form)}`}`];
}

function describeAttempt(
  { rule, isMatch, matched, expected, found }: RuleAttempt,
  isLate: boolean,
): string {
  if (isMatch) return `${rule}: matches${isLate ? ", but an earlier rule takes the line" : ""}`;
  if (matched === "") return `${rule}: does not match at the beginning: expected ${safe(expected)}`;
  return `${rule}: matches ${JSON.stringify(safe(matched))}, then expected ${safe(expected)}, found ${JSON.stringify(safe(found))}`;
}
