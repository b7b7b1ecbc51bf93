/** Loads and validates everything an administrator wrote: the configuration and the filters it names. */
import { globSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/default-paths.ts";
import { loadConfig } from "../config/load-config.ts";
import { describeOtherWriter } from "../config/describe-other-writer.ts";
import { withAutoJails } from "../config/auto-jails.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { parseJailName } from "../domain/jail-name.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { type CompileAnyFilter, loadFilterCompiler } from "./compile-any-filter.ts";
import type { Fail2banSetup } from "./load-fail2ban.ts";
import { isOwn, loadFilters, SHIPPED_FILTERS } from "./load-filters.ts";

export interface WhichConfig {
  /** As given on the command line. */
  readonly path: string | undefined;
  readonly env: Environment;
  readonly uid: number;
  /** A fail2ban directory from the command line; default: that of the configuration. */
  readonly fail2ban?: string | undefined;
  /** The running state of such a directory; see loadFail2ban. */
  readonly before?: Fail2banSetup | undefined;
}

export interface Loaded {
  /** With a jail for every filter if none is configured. */
  readonly config: Config;
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  readonly compile: CompileAnyFilter;
  /** The content of a fail2ban directory. */
  readonly fail2ban: Fail2banSetup | undefined;
}

export async function loadAll(which: WhichConfig): Promise<Result<Loaded, readonly Problem[]>> {
  const own = await loadWith(which, undefined);
  const directory = which.fail2ban ?? (own.ok ? own.value.config.fail2ban.directory : undefined);
  if (directory === undefined) return own;
  // Loaded on demand: most hosts have no such directory.
  const { loadFail2ban, missingDirectory } = await import("./load-fail2ban.ts");
  const missing = missingDirectory(directory);
  if (missing !== undefined) return fail([missing]);
  const unsafe = globSync("**/*.{conf,local,py}", { cwd: directory }).flatMap(
    (name) => describeOtherWriter(join(directory, name)) ?? [],
  );
  if (unsafe.length > 0) return fail(unsafe);
  return loadWith(which, await loadFail2ban(directory, which.before));
}

async function loadWith(
  { path, env, uid }: WhichConfig,
  fail2ban: Fail2banSetup | undefined,
): Promise<Result<Loaded, readonly Problem[]>> {
  let library = {
    filters: new Map<string, FilterDefinition>() as ReadonlyMap<string, FilterDefinition>,
    problems: [] as readonly Problem[],
    broken: [] as readonly string[],
  };
  let listed = false;
  const listFilters = async (
    directories: readonly string[],
  ): Promise<readonly string[] | undefined> => {
    library = await loadFilters([SHIPPED_FILTERS, ...directories], fail2ban?.filters);
    listed = true;
    const isUnlisted = library.problems.some(({ path: place }) => directories.includes(place));
    return isUnlisted ? undefined : [...new Set([...library.filters.keys(), ...library.broken])];
  };
  const config = await loadConfig({
    ...(path === undefined ? {} : { path }),
    env,
    uid,
    listFilters,
    ...(fail2ban === undefined ? {} : { before: [fail2ban.config] }),
  });
  if (config.ok && !listed) await listFilters(config.value.filters.directories);
  const compile = await loadFilterCompiler(library.filters.values(), fail2ban?.compiled);
  const problems = [
    ...(config.ok ? [] : config.error),
    ...library.problems,
    ...(await checkOwn(library.filters.values(), compile)),
  ];
  if (!config.ok || problems.length > 0) return fail(problems);
  const names = [...library.filters.keys()].flatMap((name) => parseJailName(name) ?? []);
  const { filters } = library;
  // With a fail2ban directory exactly its jails run, even if there are none.
  const jails = fail2ban === undefined ? withAutoJails(config.value, names) : config.value;
  return ok({ config: jails, filters, compile, fail2ban });
}

/** Loaded on demand: most hosts have no custom filters. */
async function checkOwn(
  definitions: Iterable<FilterDefinition>,
  compile: CompileAnyFilter,
): Promise<readonly Problem[]> {
  const own = [...definitions].filter(isOwn);
  if (own.length === 0) return [];
  const { checkFilters } = await import("./check-filters.ts");
  return checkFilters(own, compile);
}
