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
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { ownDirectories, readNamedFilters } from "../read-named-filter.ts";
import { report } from "../terminal.ts";
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
      return (await import("./filter/explain.ts")).explain(context, words, options);
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
    found.map((one) => `\n  ${report(formatProblem(one))}`).join("");
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
