/** Loads and validates the configuration and the filters that it names. */
import { globSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Environment } from "../config/default-paths.ts";
import { loadConfig } from "../config/load-config.ts";
import { describeOtherWriter } from "../config/describe-other-writer.ts";
import { withAutoJails, withContainerJails } from "../config/auto-jails.ts";
import { countsLogins, type FilterDefinition, isUnverified } from "../domain/filter-definition.ts";
import { type JailName, parseJailName } from "../domain/jail-name.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { type CompileAnyFilter, loadFilterCompiler } from "./compile-any-filter.ts";
import type { Fail2banSetup } from "./load-fail2ban.ts";
import { type FindServices, findServices, type FoundService } from "./found-services.ts";
import { isOwn, openLibrary, type OpenLibrary } from "./load-filters.ts";
import { judgeForgeability } from "./forgeable-log.ts";
import type { LabeledServices } from "./labeled-containers.ts";
import { readShippedHeads, SHIPPED_FILTERS } from "./shipped-filters.ts";
import { unwatchedServices } from "./unwatched-services.ts";

export interface WhichConfig {
  /** Path of the configuration on the command line. */
  readonly path: string | undefined;
  readonly env: Environment;
  readonly uid: number;
  /** fail2ban directory on the command line; default: the configured one. */
  readonly fail2ban?: string | undefined;
  /** What the daemon runs now of that directory; see loadFail2ban. */
  readonly before?: Fail2banSetup | undefined;
  /** Changes to files in conf.d that are validated before they are written: path → text; undefined: removed. */
  readonly planned?: ReadonlyMap<string, string | undefined> | undefined;
  /** Default: searches this host. */
  readonly findServices?: FindServices;
}

export interface Loaded {
  /** Includes a jail for each service found on this host, unless the configuration disables that. */
  readonly config: Config;
  /** Filters of jails and of found services, and all filters of the administrator. */
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  /** Names of all filters that a jail could use. */
  readonly names: readonly string[];
  /**
   * Services on this host whose shipped filter counts failed logins and cannot be forged: those that get a jail, or lack
   * one.
   */
  readonly found: readonly FoundService[];
  /** Services that running containers name by a label; undefined: not searched. */
  readonly labeled: LabeledServices | undefined;
  readonly compile: CompileAnyFilter;
  /** The converted fail2ban directory; undefined: none is configured. */
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
  { path, env, uid, planned, findServices: find = findServices }: WhichConfig,
  fail2ban: Fail2banSetup | undefined,
): Promise<Result<Loaded, readonly Problem[]>> {
  let library: OpenLibrary | undefined;
  const listFilters = async (
    directories: readonly string[],
  ): Promise<readonly string[] | undefined> => {
    const opened = await openLibrary(directories, fail2ban?.filters);
    library = opened;
    const isUnlisted = opened.problems.some(({ path: place }) => directories.includes(place));
    return isUnlisted ? undefined : opened.names;
  };
  const config = await loadConfig({
    ...(path === undefined ? {} : { path }),
    env,
    uid,
    planned,
    listFilters,
    ...(fail2ban === undefined ? {} : { before: [fail2ban.config] }),
  });
  library ??= await openLibrary(config.ok ? config.value.filters.directories : []);
  // A fail2ban directory replaces built-in jails, even if it has no jail.
  const isAlone = fail2ban === undefined && config.ok && config.value.filters.automatic !== "never";
  const candidates = isAlone ? concerning(config.value, await find(await readShippedHeads())) : [];
  // Loaded on demand: most hosts discover no containers.
  const labeled =
    config.ok && config.value.containers.discover
      ? await (await import("./labeled-containers.ts")).findLabeledServices(config.value)
      : undefined;
  const { filters, problems: unread } = await library.read([
    ...(labeled?.services ?? []),
    ...(config.ok ? config.value.jails.map(({ filter }) => filter) : []),
    ...candidates.map(({ head }) => head.name),
    ...ALWAYS_WATCHED,
  ]);
  const compile = await loadFilterCompiler(filters.values(), fail2ban?.compiled);
  const problems = [
    ...(config.ok ? [] : config.error),
    ...unread,
    ...(await checkOwn(filters.values(), compile)),
  ];
  if (!config.ok || problems.length > 0) return fail(problems);
  const found = candidates.filter(({ head }) => isSafeLoginFilter(filters.get(head.name)));
  const { names } = library;
  const jails =
    fail2ban === undefined ? withAutoJails(config.value, builtIn(found, filters)) : config.value;
  const all = withContainerJails(jails, labeled?.services ?? []);
  return ok({ config: all, filters, names, found, labeled, compile, fail2ban });
}

/** Selects services that get a jail or cause a warning. The filters of others need not be read. */
function concerning(config: Config, found: readonly FoundService[]): readonly FoundService[] {
  return config.autojails ? found : unwatchedServices(config, found);
}

/** Jails that exist without evidence of the service: nearly every server runs sshd, and its log may appear later. */
const ALWAYS_WATCHED = ["sshd"];

/**
 * Reports whether a jail may be enabled without asking: its filter counts logins, and clients cannot have others
 * banned.
 */
function isSafeLoginFilter(filter: FilterDefinition | undefined): boolean {
  return filter !== undefined && countsLogins(filter) && judgeForgeability(filter) === "excluded";
}

/**
 * Returns names of built-in jails: found services, and filters that the administrator wrote. A jail must request
 * unverified filters, so these get none.
 */
function builtIn(
  found: readonly FoundService[],
  filters: ReadonlyMap<string, FilterDefinition>,
): readonly JailName[] {
  const own = [...filters.values()].filter(({ path }) => !path.startsWith(SHIPPED_FILTERS));
  const names = [...found.map(({ head }) => head), ...own].map(({ name }) => name);
  return [...ALWAYS_WATCHED, ...names].flatMap((name) => {
    const filter = filters.get(name);
    const isUsable = filter === undefined || !isUnverified(filter);
    return (isUsable && parseJailName(name)) || [];
  });
}

/** Checks the administrator's filters; the checker is loaded only if there are any. */
async function checkOwn(
  definitions: Iterable<FilterDefinition>,
  compile: CompileAnyFilter,
): Promise<readonly Problem[]> {
  const own = [...definitions].filter(isOwn);
  if (own.length === 0) return [];
  const { checkFilters } = await import("./check-filters.ts");
  return checkFilters(own, compile);
}
