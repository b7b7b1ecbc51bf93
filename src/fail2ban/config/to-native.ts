/**
 * Converts a fail2ban directory to native files: one configuration, and for each jail a filter with its expressions.
 * `import` writes these files, and a daemon that runs on the directory parses the same texts from memory. Options that
 * change their meaning or are not converted are reported.
 */
import { NO_DETECTORS } from "../../config/jail-settings.ts";
import { MANUAL, parseJailName } from "../../domain/jail-name.ts";
import type { Problem } from "../../domain/problem.ts";
import { placeOfOption } from "./place-of-option.ts";
import type { Fail2banDirectory, Fail2banJail } from "./read-directory.ts";
import type { Draft, Note } from "./to-native/draft.ts";
import { writeActions, writeEnforcer } from "./to-native/write-actions.ts";
import {
  noteOwnAddresses,
  writeIgnoreCommand,
  writeIgnored,
} from "./to-native/write-exceptions.ts";
import { filterNames } from "./to-native/filter-names.ts";
import { writeFilter } from "./to-native/write-filter.ts";
import { writeIncrement } from "./to-native/write-increment.ts";
import { writeLimits } from "./to-native/write-limits.ts";
import { noteMissingLogs, type SourceHost, writeSource } from "./to-native/write-source.ts";
import { tomlKey, tomlString } from "./toml-text.ts";
import { insteadUsed } from "./wrong-values.ts";

/** The native form of one jail. */
export interface NativeJail {
  readonly name: string;
  /** TOML text of the tables [jails.NAME] and [jails.NAME.increment]. */
  readonly config: string;
  readonly filter: { readonly name: string; readonly text: string };
  readonly notes: readonly Note[];
  /** Problems because of which the jail cannot run. */
  readonly problems: readonly Problem[];
  /** Invalid values, which defaults replace. */
  readonly unusable: readonly Problem[];
  /** Options that probably do not mean what their author intended. */
  readonly warnings: readonly Problem[];
}

/** Facts about the host. `logExists` also decides whether a jail reads the journal instead, as in fail2ban. */
export interface NativeOptions extends SourceHost {
  /** Whether Python is installed, to run Python actions. */
  readonly hasPython: boolean;
  /** Whether the host knows a port such as "ssh/tcp" or "53/udp". */
  readonly isPort: (port: string) => boolean;
}

/** Converts every enabled jail. */
export function toNative(
  { jails, directory }: Fail2banDirectory,
  options: NativeOptions,
): readonly NativeJail[] {
  const enabled = jails.filter((jail) => jail.enabled);
  const filters = filterNames(enabled.map(({ name }) => name));
  return enabled.map((jail) => nativeJail(jail, directory, filters.get(jail.name) ?? "", options));
}

const VALID_NAME = 'a name of letters, digits, "-", "_" and ".", at most 64';
const FREE_NAME = "another name: bans by hand belong to this one";

function nativeJail(
  jail: Fail2banJail,
  directory: string,
  filterName: string,
  options: NativeOptions,
): NativeJail {
  const notes: Note[] = [];
  const problems: Problem[] = [...jail.problems];
  const unusable: Problem[] = [...jail.unusable];
  const warnings: Problem[] = [];
  const draft: Draft = {
    jail,
    directory,
    lines: [],
    note: (kind, text) => notes.push({ jail: jail.name, kind, text }),
    wrong: (key, got, expected) => problems.push({ ...placeOfOption(jail, [key]), got, expected }),
    doubt: (key, got, expected, hint) =>
      warnings.push({ ...placeOfOption(jail, [key], got), got, expected, hint }),
    unusable: (key, got, expected, instead, stops) => {
      const hint = insteadUsed(instead, stops);
      unusable.push({ ...placeOfOption(jail, [key]), got, expected, hint });
    },
  };
  if (parseJailName(jail.name) === undefined)
    problems.push(wrongName(jail, VALID_NAME, "fail2ban takes any; rename the jail"));
  else if (jail.name === MANUAL) problems.push(wrongName(jail, FREE_NAME, "rename the jail"));
  const filter = writeFilter(draft, filterName);
  const config = writeJail(draft, filter.name, options);
  return { name: jail.name, config, filter, notes, problems, unusable, warnings };
}

function wrongName({ name, path, places }: Fail2banJail, expected: string, hint: string): Problem {
  const enabled = places.get("enabled");
  const place = enabled === undefined ? { path } : { path: enabled.path, line: enabled.line };
  return { ...place, got: `[${name}]`, expected, hint };
}

function writeJail(draft: Draft, filter: string, options: NativeOptions): string {
  const { jail, lines } = draft;
  lines.push(`[jails.${tomlKey(jail.name)}]`, `filter = ${tomlString(filter)}`);
  writeSource(draft, options);
  writeLimits(draft);
  lines.push("ipv6_prefix = 128", "bans_per_minute = 0");
  lines.push('canary = "0s"', 'lockout_guard = "0s"');
  lines.push(NO_DETECTORS);
  writeIgnored(draft);
  const others = writeEnforcer(draft, options.isPort);
  writeIgnoreCommand(draft);
  noteMissingLogs(draft);
  noteOwnAddresses(draft);
  writeIncrement(draft);
  writeActions(draft, others, options.hasPython);
  return `${lines.join("\n")}\n`;
}
