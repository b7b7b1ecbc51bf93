/** Reads the filters of a command line, by their names in the library or by the paths of their files. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { Config } from "../config/config.ts";
import { STANDARD_PATH } from "../config/default-paths.ts";
import { filtersDirectory } from "../config/read-sources.ts";
import { CodedError } from "../domain/errors.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { formatProblem, type Problem } from "../domain/problem.ts";
import { filterNamed } from "../domain/other-names.ts";
import { suggestFilter } from "../domain/suggest-filter.ts";
import { loadFilter, loadFilters, openLibrary } from "../jails/load-filters.ts";
import { namedLogs } from "../jails/owns-log.ts";
import { honeypotPathsOf, readsRequests, withHoneypotPaths } from "../jails/with-honeypot-paths.ts";
import { type CommandContext, configFiles } from "./context.ts";

/** Reads filters in the order of their names; throws a CodedError with every problem of the first bad one. */
export async function readNamedFilters(
  context: CommandContext,
  names: readonly string[],
): Promise<readonly FilterDefinition[]> {
  const listed = await fromLibrary(
    context,
    names.filter((name) => !isPath(name)),
  );
  return Promise.all(names.map(async (name) => listed.get(name) ?? fromFile(context, name)));
}

/** Reads one filter, like `readNamedFilters`. */
export async function readNamedFilter(
  context: CommandContext,
  name: string,
): Promise<FilterDefinition> {
  const [filter] = await readNamedFilters(context, [name]);
  if (filter === undefined) throw new Error(`the filter ${name} was not read`);
  return filter;
}

function isPath(name: string): boolean {
  return name.includes("/") || name.endsWith(".toml");
}

async function fromFile(context: CommandContext, path: string): Promise<FilterDefinition> {
  const read = await loadFilter(path, async () => loadFilters(await ownDirectories(context)));
  if (read.ok) return read.value;
  throw new CodedError("bad-config", read.error.map(formatProblem).join("\n"));
}

/** Reads only these of the shipped filters; returns them by the name that was asked for. */
async function fromLibrary(
  context: CommandContext,
  names: readonly string[],
): Promise<ReadonlyMap<string, FilterDefinition>> {
  if (names.length === 0) return new Map();
  const library = await openLibrary(await ownDirectories(context));
  const meant = new Map(names.map((name) => [name, filterNamed(name, library.names)]));
  const { filters, problems } = await library.read(meant.values());
  const found = new Map<string, FilterDefinition>();
  for (const [name, filter] of meant) {
    const definition = filters.get(filter);
    if (definition === undefined) throw missing(filter, library.names, problems);
    found.set(name, definition);
  }
  return found;
}

function missing(name: string, names: readonly string[], problems: readonly Problem[]): CodedError {
  const broken = problems.filter(({ path }) => basename(path, ".toml") === name);
  if (broken.length > 0) return new CodedError("bad-config", broken.map(formatProblem).join("\n"));
  const near = suggestFilter(name, names);
  const meant = near === undefined ? "" : `${near} `;
  return new CodedError("usage", `unknown filter "${name}"`, {
    hint: `${meant}bailiff services --all lists the filters; the path of a file works too`,
  });
}

/** Returns the configured directories of filters. */
export async function ownDirectories(context: CommandContext): Promise<readonly string[]> {
  const config = await readUsableConfig(context);
  return config?.filters.directories ?? [filtersDirectory(configFiles(context))];
}

/** Returns the logs that the configured jails name for the filter alone. */
export async function readNamedLogs(
  context: CommandContext,
  filter: string,
): Promise<readonly string[]> {
  const config = await readUsableConfig(context);
  return namedLogs(filter, config?.jails ?? []);
}

/** Returns the filter with the honeypot paths of all configured jails that use it. */
export async function withConfiguredHoneypots(
  context: CommandContext,
  definition: FilterDefinition,
): Promise<FilterDefinition> {
  if (!readsRequests(definition)) return definition;
  const config = await readUsableConfig(context);
  const jails = config?.jails.filter(({ filter }) => filter === definition.name) ?? [];
  const paths = new Set(jails.flatMap((jail) => honeypotPathsOf(jail, definition)));
  return withHoneypotPaths(definition, [...paths]);
}

/** Returns the configuration, if there is one. An invalid one is ignored, so that a scan still works. */
async function readUsableConfig(context: CommandContext): Promise<Config | undefined> {
  const named = context.config ?? process.env["BAILIFF_CONFIG"];
  if (named === undefined && !existsSync(STANDARD_PATH)) return undefined;
  const { loadConfig } = await import("../config/load-config.ts");
  const loaded = await loadConfig(configFiles(context));
  return loaded.ok ? loaded.value : undefined;
}
