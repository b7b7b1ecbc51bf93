/**
 * Converts a fail2ban directory to native configuration text and filters. A jail that cannot be converted is left out,
 * with its problems; the others run.
 */
import { globSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { parseConfig } from "../config/parse-config.ts";
import { parsePorts } from "../config/kinds/ports-setting.ts";
import { parseToml } from "../config/parse-toml.ts";
import type { ConfigText } from "../config/read-sources.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import { formatProblem, type Problem } from "../domain/problem.ts";
import { placeOfOption } from "../fail2ban/config/place-of-option.ts";
import { compilePythonFilter } from "../fail2ban/dialect/python-recognizer.ts";
import { type Fail2banJail, readDirectory } from "../fail2ban/config/read-directory.ts";
import { listFolder } from "../fail2ban/config/read-ini-file.ts";
import { fail2banVersion } from "../fail2ban/config/release.ts";
import { type NativeJail, toNative } from "../fail2ban/config/to-native.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { readFilter } from "../parse/filter/read-filter.ts";
import { defaultPaths } from "../config/default-paths.ts";
import { machineId } from "../host/machine-id.ts";
import { findProgram } from "../host/process/find-program.ts";
import { type PortNames, readPortNames } from "../host/services/port-names.ts";

export interface Fail2banSetup {
  readonly config: ConfigText;
  readonly filters: readonly FilterDefinition[];
  /** Compiled filters; an unchanged filter keeps its object from before the reload. */
  readonly compiled: ReadonlyMap<FilterDefinition, Filter>;
  /** Converted jails, as text of native configuration files. */
  readonly jails: readonly NativeJail[];
  readonly notes: NativeJail["notes"];
  /** Problems of the jails in `leftOut`. */
  readonly problems: readonly Problem[];
  readonly leftOut: readonly LeftOut[];
  /** Problems that do not prevent a jail from running. */
  readonly warnings: readonly Problem[];
  /** Every jail of the directory, also disabled ones. */
  readonly known: readonly Fail2banJail[];
  /** Options of fail2ban.conf, by name. */
  readonly settings: ReadonlyMap<string, string>;
}

/** An enabled jail that cannot run with its current files. */
export interface LeftOut {
  readonly jail: string;
  /** Whether it keeps running with its configuration from before the reload. */
  readonly kept: boolean;
  readonly problems: readonly Problem[];
}

/** Returns a problem if the directory does not exist or contains no configuration. */
export function missingDirectory(directory: string): Problem | undefined {
  const files = ["jail.conf", "jail.local", "jail.d"];
  const expected = "fail2ban's configuration, such as /etc/fail2ban, with a jail.conf";
  const listed = listFolder(directory);
  if ("path" in listed) return { ...listed, expected };
  if (files.some((name) => listed.includes(name))) return undefined;
  return { path: directory, got: "no jail.conf, jail.local or jail.d", expected };
}

/** Loads a directory. `before` is the running state: a jail whose files became invalid keeps running as it was. */
export async function loadFail2ban(
  directory: string,
  before?: Fail2banSetup,
): Promise<Fail2banSetup> {
  const read = readDirectory({ directory, version: fail2banVersion() });
  const ports = await readPortNames();
  const hasPython = findProgram("python3") !== undefined;
  const isPort = (port: string): boolean => parsePorts([port], ports).ok;
  const native = toNative(read, { logExists, hasPython, isPort, machineId: machineId() });
  const places = new Map(read.jails.map((jail) => [jail.name, jail]));
  const judged = await Promise.all(
    native.map((jail) => judge(jail, { directory, places, ports, before })),
  );
  const good = judged.flatMap(({ jail, found }) =>
    found === undefined ? (keptFrom(before, jail.name) ?? []) : [{ jail, ...found }],
  );
  const text = good.map(({ jail }) => jail.config).join("\n");
  return {
    config: { path: `${directory} (converted)`, text },
    filters: good.map(({ filter }) => filter),
    compiled: new Map(good.map(({ filter, compiled }) => [filter, compiled])),
    jails: good.map(({ jail }) => jail),
    notes: good.flatMap(({ jail }) => jail.notes),
    problems: distinct(judged.flatMap(({ problems }) => problems)),
    leftOut: judged
      .filter(({ found }) => found === undefined)
      .map(({ jail: { name }, problems }) => {
        const kept = keptFrom(before, name) !== undefined;
        return { jail: name, kept, problems };
      }),
    warnings: distinct([
      ...read.problems,
      ...read.jails.flatMap(({ warnings }) => warnings),
      ...judged.flatMap(({ jail, found }) => [
        ...jail.warnings,
        ...(found === undefined ? [] : jail.unusable),
      ]),
    ]),
    known: read.jails,
    settings: read.settings,
  };
}

interface FoundFilter {
  readonly filter: FilterDefinition;
  readonly compiled: Filter;
}

function keptFrom(
  before: Fail2banSetup | undefined,
  name: string,
): ({ readonly jail: NativeJail } & FoundFilter) | undefined {
  const jail = before?.jails.find((one) => one.name === name);
  const found = jail === undefined ? undefined : compiledIn(before, jail.filter.name);
  return jail === undefined || found === undefined ? undefined : { jail, ...found };
}

/** Reports whether a jail runs now without replacement values; then it keeps running unchanged. */
function wasGood(before: Fail2banSetup | undefined, name: string): boolean {
  return keptFrom(before, name)?.jail.unusable.length === 0;
}

function compiledIn(fail2ban: Fail2banSetup | undefined, name: string): FoundFilter | undefined {
  const filter = fail2ban?.filters.find((one) => one.name === name);
  const compiled = filter === undefined ? undefined : fail2ban?.compiled.get(filter);
  return filter === undefined || compiled === undefined ? undefined : { filter, compiled };
}

/** Removes duplicates: several jails may include the same file. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

function logExists(path: string): boolean {
  return globSync(path).length > 0;
}

interface Judged {
  readonly jail: NativeJail;
  /** undefined: the jail cannot run. */
  readonly found: FoundFilter | undefined;
  readonly problems: readonly Problem[];
}

/** Relocates a problem of converted text to the option in fail2ban's file. */
function inFile(problem: Problem, path: string, jail: Fail2banJail): Problem {
  if (problem.path !== path) return problem;
  const { got, expected, hint, key = "" } = problem;
  const own = key.startsWith(`jails.${jail.name}.`) ? key.slice(jail.name.length + 7) : key;
  const place = placeOfOption(jail, own.split("."), got);
  const more = {
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined ? {} : { hint }),
  };
  return { ...place, got, ...more };
}

interface Judging {
  readonly directory: string;
  readonly places: ReadonlyMap<string, Fail2banJail>;
  readonly ports: PortNames;
  readonly before: Fail2banSetup | undefined;
}

/** Validates a converted jail like native files; a problem stops only this jail. */
async function judge(
  jail: NativeJail,
  { directory, places, ports, before }: Judging,
): Promise<Judged> {
  const path = `${directory}, jail ${jail.name}`;
  const written = places.get(jail.name);
  const refused = (problems: readonly Problem[]): Judged => ({
    jail,
    found: undefined,
    problems: written === undefined ? problems : problems.map((one) => inFile(one, path, written)),
  });
  if (jail.problems.length > 0) return refused(jail.problems);
  if (jail.unusable.length > 0 && wasGood(before, jail.name))
    return refused(jail.unusable.map(({ hint: _instead, ...problem }) => problem));
  const paths = defaultPaths({ uid: 0, env: {} });
  const config = await parseConfig([{ path, text: jail.config }], { paths, ports });
  if (!config.ok) return refused(config.error);
  const table = parseToml(path, jail.filter.text);
  if (!table.ok) return refused([table.error]);
  const filter = readFilter(table.value, path);
  if (!filter.ok) return refused(filter.error);
  const { name, python: rules } = filter.value;
  if (rules === undefined) return refused(jail.problems);
  const same = compiledIn(before, name);
  if (isDeepStrictEqual(same?.filter, filter.value)) return { jail, found: same, problems: [] };
  const compiled = compilePythonFilter({ name, path, mode: "normal", rules });
  if (!compiled.ok) return refused(compiled.error);
  return { jail, found: { filter: filter.value, compiled: compiled.value }, problems: [] };
}
