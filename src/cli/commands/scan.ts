import { reasonOf } from "../../host/explain-system-error.ts";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { STANDARD_PATH } from "../../config/default-paths.ts";
import { FILTERS } from "../../config/schema.ts";
import { type FilterLibrary, isOwn, loadFilter, loadFilters } from "../../jails/load-filters.ts";
import { SHIPPED_FILTERS } from "../../jails/shipped-filters.ts";
import { scan as scanLog } from "../../pipeline/scan.ts";
import { isSharedLog } from "../../host/logs/shared-log.ts";
import { didYouMean } from "../../domain/did-you-mean.ts";
import { CodedError } from "../../domain/errors.ts";
import type { FilterMode } from "../../domain/filter-definition.ts";
import { formatProblem } from "../../domain/problem.ts";
import { loadFilterCompiler } from "../../jails/compile-any-filter.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { localOffset } from "../../host/time-zone.ts";
import { systemClock } from "../../host/system-clock.ts";
import { type CommandContext, configFiles } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { widthOf } from "../terminal.ts";
import { describeSummary } from "./scan/describe-summary.ts";
import { createProgressBar } from "./scan/progress-bar.ts";
import { createLineWriter } from "./scan/write-lines.ts";

export interface ScanCommandOptions {
  readonly filter: readonly string[];
  readonly mode: FilterMode;
  readonly json: boolean;
}

export async function scan(
  context: CommandContext,
  path: string,
  options: ScanCommandOptions,
): Promise<ExitCode> {
  const open = (name: string): Promise<OpenFilter> => openFilter(context, name, options.mode);
  const opened = await Promise.all(options.filter.map(open));
  const output = options.json ? createLineWriter() : undefined;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const summary = await scanLog({
      path,
      filters: opened.map(({ filter }) => filter),
      // As for a jail with this filter and `source = { file = … }`.
      owned: opened.length === 1 && opened.every(({ own }) => own) && !isSharedLog(path),
      clock: systemClock,
      localOffset,
      signal: stop.signal,
      onLine: output?.write,
      onProgress: createProgressBar(path),
    });
    output?.end();
    const programs = [...new Set(opened.flatMap(({ filter }) => filter.programs))];
    const scanned = { filters: options.filter, programs };
    if (!options.json)
      context.terminal.show(describeSummary(summary, scanned, widthOf(context.terminal)));
    return stop.signal.aborted ? EXIT.no : EXIT.ok;
  } catch (error) {
    throw asCoded(error, path);
  }
}

function asCoded(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof CodedError) return error;
  const [reason, hint] = explainUnreadable(error);
  return new CodedError("no-input", `cannot read ${path}: ${reason}`, { cause: error, hint });
}

function explainUnreadable(error: Error & { readonly code: unknown }): readonly [string, string] {
  switch (error.code) {
    case "ENOENT":
      return ["there is no such file", 'name a log, a .gz, or "-" for standard input'];
    case "EISDIR":
      return [
        "it is a directory",
        "name one log in it, or pipe many: cat DIR/* | bailiff scan … -",
      ];
    case "EACCES":
      return ["permission denied", "run it as a user who may read the log, or with sudo"];
    default:
      return [reasonOf(error), "is it a plain log, or a .gz of one?"];
  }
}

interface OpenFilter {
  readonly filter: Filter;
  /** The operator's. */
  readonly own: boolean;
}

/** A name of the library, or the path of a filter file. */
async function openFilter(
  context: CommandContext,
  name: string,
  mode: FilterMode,
): Promise<OpenFilter> {
  const isPath = name.includes("/") || name.endsWith(".toml");
  const definition = isPath ? await fromFile(context, name) : await fromLibrary(context, name);
  const compile = await loadFilterCompiler([definition]);
  const filter = compile(definition, mode);
  const own = !definition.path.startsWith(SHIPPED_FILTERS);
  if (filter.ok && !isOwn(definition)) return { filter: filter.value, own };
  const { checkFilters } = await import("../../jails/check-filters.ts");
  const problems = await checkFilters([definition], compile);
  if (filter.ok && problems.length === 0) return { filter: filter.value, own };
  throw new CodedError("bad-config", problems.map(formatProblem).join("\n"));
}

async function fromFile(context: CommandContext, path: string): ReturnType<typeof fromLibrary> {
  const read = await loadFilter(path, () => openLibrary(context));
  if (read.ok) return read.value;
  throw new CodedError("bad-config", read.error.map(formatProblem).join("\n"));
}

async function fromLibrary(context: CommandContext, name: string) {
  const { filters, problems } = await openLibrary(context);
  const definition = filters.get(name);
  if (definition !== undefined) return definition;
  const broken = problems.filter(({ path }) => basename(path, ".toml") === name);
  if (broken.length > 0) throw new CodedError("bad-config", broken.map(formatProblem).join("\n"));
  const near = didYouMean(name, filters.keys());
  const meant = near === undefined ? "" : `did you mean "${near}"? `;
  throw new CodedError("usage", `there is no filter "${name}"`, {
    hint: `${meant}bailiff services --all lists the filters; the path of a file works too`,
  });
}

async function openLibrary(context: CommandContext): Promise<FilterLibrary> {
  return loadFilters([...(await ownDirectories(context))]);
}

/** Where the configuration says the operator's filters are; a broken one must not keep anybody from scanning. */
async function ownDirectories(context: CommandContext): Promise<readonly string[]> {
  const named = context.config ?? process.env["BAILIFF_CONFIG"];
  if (named === undefined && !existsSync(STANDARD_PATH)) return FILTERS.directories.default;
  const { loadConfig } = await import("../../config/load-config.ts");
  const loaded = await loadConfig(configFiles(context));
  return loaded.ok ? loaded.value.filters.directories : FILTERS.directories.default;
}
