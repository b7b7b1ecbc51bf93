/** Reads the filter of a command line, by its name in the library or by the path of its file. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { STANDARD_PATH } from "../config/default-paths.ts";
import { filtersDirectory } from "../config/read-sources.ts";
import { CodedError } from "../domain/errors.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { formatProblem } from "../domain/problem.ts";
import { suggestFilter } from "../domain/suggest-filter.ts";
import { loadFilter, loadFilters, openLibrary } from "../jails/load-filters.ts";
import { type CommandContext, configFiles } from "./context.ts";

/** Reads the filter; throws a CodedError with every problem of the file. */
export function readNamedFilter(context: CommandContext, name: string): Promise<FilterDefinition> {
  const isPath = name.includes("/") || name.endsWith(".toml");
  return isPath ? fromFile(context, name) : fromLibrary(context, name);
}

async function fromFile(context: CommandContext, path: string): Promise<FilterDefinition> {
  const read = await loadFilter(path, async () => loadFilters(await ownDirectories(context)));
  if (read.ok) return read.value;
  throw new CodedError("bad-config", read.error.map(formatProblem).join("\n"));
}

async function fromLibrary(context: CommandContext, name: string): Promise<FilterDefinition> {
  const library = await openLibrary(await ownDirectories(context));
  // Reads only this one of the shipped filters.
  const { filters, problems } = await library.read([name]);
  const definition = filters.get(name);
  if (definition !== undefined) return definition;
  const broken = problems.filter(({ path }) => basename(path, ".toml") === name);
  if (broken.length > 0) throw new CodedError("bad-config", broken.map(formatProblem).join("\n"));
  const near = suggestFilter(name, library.names);
  const meant = near === undefined ? "" : `${near} `;
  throw new CodedError("usage", `unknown filter "${name}"`, {
    hint: `${meant}bailiff services --all lists the filters; the path of a file works too`,
  });
}

/** Returns the configured directories of filters. An invalid configuration is ignored, so that a scan still works. */
export async function ownDirectories(context: CommandContext): Promise<readonly string[]> {
  const named = context.config ?? process.env["BAILIFF_CONFIG"];
  const standard = [filtersDirectory(configFiles(context))];
  if (named === undefined && !existsSync(STANDARD_PATH)) return standard;
  const { loadConfig } = await import("../config/load-config.ts");
  const loaded = await loadConfig(configFiles(context));
  return loaded.ok ? loaded.value.filters.directories : standard;
}
