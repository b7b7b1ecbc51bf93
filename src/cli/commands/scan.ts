import { isOwn } from "../../jails/load-filters.ts";
import { type FilterLogs, ownsLog } from "../../jails/owns-log.ts";
import { readTrustedProxies } from "../../jails/read-trusted-proxies.ts";
import { SHIPPED_FILTERS } from "../../jails/shipped-filters.ts";
import { withClientField } from "../../jails/with-client-field.ts";
import { scan as scanLog, unjoinedFilters } from "../../pipeline/scan.ts";
import { CodedError } from "../../domain/errors.ts";
import type { FilterDefinition, FilterMode } from "../../domain/filter-definition.ts";
import { formatProblem } from "../../domain/problem.ts";
import { loadFilterCompiler } from "../../jails/compile-any-filter.ts";
import type { Filter } from "../../parse/filter/compile-filter.ts";
import { withPrefix } from "../../parse/filter/with-prefix.ts";
import { localOffset } from "../../host/time-zone.ts";
import { systemClock } from "../../host/system-clock.ts";
import { createAlarm } from "../../host/timers.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readNamedFilters, readNamedLogs, withConfiguredHoneypots } from "../read-named-filter.ts";
import { safe, widthOf } from "../terminal.ts";
import { explainUnreadableLog } from "../unreadable-log.ts";
import { describeSummary } from "./scan/describe-summary.ts";
import { createProgressBar } from "./progress-bar.ts";
import { createLineWriter } from "./scan/write-lines.ts";

/** Milliseconds without data, such as from a pipe without a writer, after which a message says so. */
const SILENCE_MS = 1000;

export interface ScanCommandOptions {
  readonly filter: readonly string[];
  readonly mode: FilterMode;
  readonly unverified: boolean;
  readonly unmatched: boolean;
  readonly proxy?: readonly string[];
  readonly clientField?: string;
  readonly container?: string;
  readonly json: boolean;
}

export async function scan(
  context: CommandContext,
  path: string,
  options: ScanCommandOptions,
): Promise<ExitCode> {
  const definitions = await readNamedFilters(context, options.filter);
  const opened = await Promise.all(
    definitions.map(async (one) =>
      openFilter(one, await withConfiguredHoneypots(context, one), {
        ...options,
        logs: await readNamedLogs(context, one.name),
      }),
    ),
  );
  const filters = opened.map(({ filter }) => filter);
  const unused = options.unverified
    ? 0
    : definitions.flatMap(({ rules }) => rules.filter((one) => one.unverified === true)).length;
  for (const name of unjoinedFilters(filters))
    context.terminal.complain(
      `records of ${name} have several lines, which are read one by one beside other filters: scan the log with ${name} alone to join them`,
    );
  const output = options.json ? createLineWriter() : undefined;
  const showUnmatched = output?.writeUnmatched ?? ((text) => context.terminal.print(safe(text)));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const onProgress = createProgressBar(path);
  const silence = createAlarm(() => context.terminal.complain(`waiting for data from ${path}`));
  silence.set(SILENCE_MS);
  try {
    const summary = await scanLog({
      path,
      filters,
      proxies: readTrustedProxies(options.proxy ?? []),
      owned: opened.length === 1 && opened.every((one) => ownsLog(one, path)),
      clock: systemClock,
      localOffset,
      signal: stop.signal,
      onLine: options.unmatched ? undefined : output?.write,
      onUnmatched: options.unmatched ? showUnmatched : undefined,
      onProgress: (progress) => {
        silence.clear();
        onProgress?.(progress);
      },
    });
    output?.end();
    const programs = [...new Set(filters.flatMap(({ programs }) => programs))];
    const scanned = { log: path, filters: options.filter, programs, unused };
    if (options.unmatched && summary.unrecognized === 0)
      context.terminal.complain("No line is left unrecognized.");
    if (!options.json && !options.unmatched)
      context.terminal.show(describeSummary(summary, scanned, widthOf(context.terminal)));
    return stop.signal.aborted ? EXIT.no : EXIT.ok;
  } catch (error) {
    throw explainUnreadableLog(error, path);
  } finally {
    silence.clear();
  }
}

interface OpenFilter extends FilterLogs {
  readonly filter: Filter;
}

/** Compiles a filter as the scan reads it, and checks it if an administrator wrote it. */
async function openFilter(
  definition: FilterDefinition,
  read: FilterDefinition,
  {
    mode,
    unverified,
    clientField,
    container,
    logs,
  }: Pick<ScanCommandOptions, "mode" | "unverified" | "clientField" | "container"> & {
    readonly logs: readonly string[];
  },
): Promise<OpenFilter> {
  const choice = unverified ? "all" : "verified";
  const compile = await loadFilterCompiler([definition]);
  const filter = compile(withClientField(read, clientField), mode, choice);
  const own = !definition.path.startsWith(SHIPPED_FILTERS);
  const files = [...definition.files, ...logs];
  const opened = (value: Filter): OpenFilter => {
    return { filter: withPrefix(value, container), own, files };
  };
  if (filter.ok && !isOwn(definition)) return opened(filter.value);
  const { checkFilters } = await import("../../jails/check-filters.ts");
  const problems = filter.ok ? await checkFilters([definition], compile) : filter.error;
  if (filter.ok && problems.length === 0) return opened(filter.value);
  throw new CodedError("bad-config", problems.map(formatProblem).join("\n"));
}
