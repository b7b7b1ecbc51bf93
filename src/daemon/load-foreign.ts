/**
 * What a fail2ban directory means here: its jails as a text of our own configuration, and their filters. A jail that
 * cannot be carried over is left out with its problems, and stops no other.
 */
import { globSync } from "node:fs";
import { parseConfig } from "../config/parse-config.ts";
import { parseToml } from "../config/parse-toml.ts";
import type { ConfigText } from "../config/read-sources.ts";
import type { FilterDefinition } from "../domain/filter-definition.ts";
import type { Problem } from "../domain/problem.ts";
import { compilePythonFilter } from "../fail2ban/python-recognizer.ts";
import { type ForeignJail, readDirectory } from "../fail2ban/read-directory.ts";
import { type NativeJail, type Note, toNative } from "../fail2ban/to-native.ts";
import { readFilter } from "../parse/read-filter.ts";
import { defaultPaths } from "../config/default-paths.ts";
import { findProgram } from "../platform/find-program.ts";
import { readPortNames } from "../platform/port-names.ts";

export interface Foreign {
  readonly config: ConfigText;
  readonly filters: readonly FilterDefinition[];
  /** Those that were carried over, as files would hold them. */
  readonly jails: readonly NativeJail[];
  readonly notes: readonly Note[];
  /** Of the jails that are left out. */
  readonly problems: readonly Problem[];
  /** What is wrong in files and costs no jail. */
  readonly warnings: readonly Problem[];
  /** Every jail of the directory. */
  readonly known: readonly ForeignJail[];
  /** fail2ban.conf. */
  readonly settings: ReadonlyMap<string, string>;
}

/** Version of fail2ban whose configuration this is an answer to. */
const ANSWERS_TO = "1.0.2";

export async function loadForeign(directory: string): Promise<Foreign> {
  const read = readDirectory({ directory, version: ANSWERS_TO });
  const native = toNative(read, { logExists, hasPython: findProgram("python3") !== undefined });
  const judged = await Promise.all(native.map((jail) => judge(directory, jail)));
  const good = judged.flatMap(({ jail, filter }) =>
    filter === undefined ? [] : [{ jail, filter }],
  );
  const text = good.map(({ jail }) => jail.config).join("\n");
  return {
    config: { path: `${directory} (as read)`, text },
    filters: good.map(({ filter }) => filter),
    jails: good.map(({ jail }) => jail),
    notes: native.flatMap(({ notes }) => notes),
    problems: judged.flatMap(({ problems }) => problems),
    warnings: [...read.problems, ...read.jails.flatMap(({ warnings }) => warnings)],
    known: read.jails,
    settings: read.settings,
  };
}

function logExists(path: string): boolean {
  return globSync(path).length > 0;
}

interface Judged {
  readonly jail: NativeJail;
  /** undefined: it cannot run. */
  readonly filter: FilterDefinition | undefined;
  readonly problems: readonly Problem[];
}

/** By the functions that read our own files: what they refuse costs this jail only. */
async function judge(directory: string, jail: NativeJail): Promise<Judged> {
  const path = `${directory}, jail ${jail.name}`;
  const refused = (problems: readonly Problem[]): Judged => ({ jail, filter: undefined, problems });
  if (jail.problems.length > 0) return refused(jail.problems);
  const ports = await readPortNames();
  const paths = defaultPaths({ uid: 0, env: {} });
  const config = await parseConfig([{ path, text: jail.config }], { paths, ports });
  if (!config.ok) return refused(config.error);
  const table = parseToml(path, jail.filter.text);
  if (!table.ok) return refused([table.error]);
  const filter = readFilter(table.value, path);
  if (!filter.ok) return refused(filter.error);
  const { name, python: rules } = filter.value;
  if (rules === undefined) return refused(jail.problems);
  const compiled = compilePythonFilter({ name, path, mode: "normal", rules });
  return compiled.ok ? { jail, filter: filter.value, problems: [] } : refused(compiled.error);
}
