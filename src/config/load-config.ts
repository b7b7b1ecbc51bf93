/** Loads the configuration of this host from its files and the built-in defaults, or reports every problem. */
import { existsSync } from "node:fs";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { accountOf, groupNumber } from "../host/process/accounts.ts";
import { readPortNames } from "../host/services/port-names.ts";
import type { Config } from "./config.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { findUnreadFiles } from "./unread-files.ts";
import { defaultPaths } from "./default-paths.ts";
import { type ListFilters, parseConfig } from "./parse-config.ts";
import { type ConfigText, filtersDirectory, readSources, type WhichFiles } from "./read-sources.ts";

export interface LoadOptions extends WhichFiles {
  /** User id whose default paths apply. */
  readonly uid: number;
  readonly listFilters?: ListFilters | undefined;
  /** Texts of a converted configuration of another program; the files override it. */
  readonly before?: readonly ConfigText[] | undefined;
}

export async function loadConfig(
  options: LoadOptions,
): Promise<Result<Config, readonly Problem[]>> {
  const [sources, ports] = await Promise.all([readSources(options), readPortNames()]);
  const { listFilters } = options;
  const parsed = await parseConfig([...(options.before ?? []), ...sources.texts], {
    paths: defaultPaths(options),
    filters: filtersDirectory(options),
    ports,
    listFilters,
    hasGroup: (name) => groupNumber(name) !== undefined,
    hasUser: (name) => accountOf(name) !== undefined,
    hasDirectory: (path) => existsSync(path),
  });
  if (sources.problems.length === 0) {
    if (!parsed.ok) return parsed;
    const directories = parsed.value.filters.directories.flatMap(findUnreadFiles);
    const unread = [...sources.unread, ...parsed.value.unread, ...directories];
    return ok(deepFreeze({ ...parsed.value, unread }));
  }
  return fail([...sources.problems, ...(parsed.ok ? [] : parsed.error)]);
}
