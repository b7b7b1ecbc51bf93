/**
 * Reads a fail2ban configuration directory as fail2ban would. Returns its settings, and every jail with its filter and
 * actions, with references and tags replaced. A mistake is a problem of its jail only.
 */
import { join } from "node:path";
import type { Problem } from "../../domain/problem.ts";
import { findCommonSlips, findSlips, placesOfOptions } from "./find-slips.ts";
import { readValue, type Scope } from "./interpolate.ts";
import type { Fail2banAction } from "./fail2ban-action.ts";
import { createKnownArguments, type KnownArguments } from "./known-arguments.ts";
import { createLayerReader, type LayerReader, type Layers } from "./layers.ts";
import { notRead } from "./missing-file.ts";
import { parseNamedOptions } from "./named-options.ts";
import { FILTER_KEYS, JAIL_KEYS, LATER_KEYS } from "./option-keys.ts";
import type { IniEntry } from "./parse-ini.ts";
import { placeInLayers } from "./place-in-layers.ts";
import { readActions } from "./read-actions.ts";
import { badReference, readDefinition } from "./read-definition.ts";
import { STOCK_ACTIONS, type StockActions } from "./stock-actions.ts";
import { findBlankBeforeOptions } from "./blank-before-options.ts";
import { findUnusedArguments } from "./unused-arguments.ts";
import { findWrongValues } from "./wrong-values.ts";

export interface Fail2banDirectory {
  readonly directory: string;
  /** Settings of fail2ban.conf, as written. */
  readonly settings: ReadonlyMap<string, string>;
  readonly jails: readonly Fail2banJail[];
  readonly problems: readonly Problem[];
}

/** A jail. Options are texts as fail2ban would read them, with keys in lower case. */
export interface Fail2banJail {
  readonly name: string;
  readonly enabled: boolean;
  readonly options: ReadonlyMap<string, string>;
  /** undefined: no filter is named, or it cannot be read. */
  readonly filter: Fail2banFilter | undefined;
  readonly actions: readonly Fail2banAction[];
  /** Problems because of which the jail cannot run. */
  readonly problems: readonly Problem[];
  /** Invalid values, which defaults replace. */
  readonly unusable: readonly Problem[];
  /** Mistakes in files it uses that do not affect the rest of the jail. */
  readonly warnings: readonly Problem[];
  /** File of the section, for problems. */
  readonly path: string;
  /** Where each option is written, in the jail or else in its filter. */
  readonly places: ReadonlyMap<string, IniEntry>;
}

export interface Fail2banFilter {
  readonly name: string;
  /** failregex, ignoreregex, prefregex, datepattern, journalmatch, maxlines, usedns, unless the jail overrides them. */
  readonly options: ReadonlyMap<string, string>;
  /** Which of its expressions a stock filter uses, as its files or the jail's arguments say. */
  readonly mode: string | undefined;
}

export interface ReadOptions {
  readonly directory: string;
  /** Value of `%(fail2ban_version)s`. */
  readonly version: string;
  /** Firewall actions that an enforcer replaces; by default those that fail2ban ships. */
  readonly stockActions?: StockActions;
}

export function readDirectory(options: ReadOptions): Fail2banDirectory {
  const { directory } = options;
  const request = openJails(options);
  const { reader, layers, used } = request;
  const settings = reader.read(directory, "fail2ban");
  const names = [...layers.sections.keys()].filter((name) => name !== "INCLUDES");
  const jails = names.map((name) => readJail({ ...request, name }));
  return {
    directory,
    settings: readSettings(settings),
    jails,
    problems: [
      ...settings.problems,
      ...layers.problems,
      ...findCommonSlips(layers, settings, [...used]),
    ],
  };
}

function openJails({
  directory,
  version,
  stockActions = STOCK_ACTIONS,
}: ReadOptions): Omit<JailRequest, "name"> {
  const reader = createLayerReader();
  const layers = withDefaults(reader.read(directory, "jail"), {
    fail2ban_version: version,
    fail2ban_confpath: directory,
  });
  const knownArguments = createKnownArguments(reader, directory);
  return { reader, directory, layers, knownArguments, stockActions, used: new Set([layers]) };
}

/**
 * Reads one jail as if it were enabled; `tried` overrides its options and its filter's arguments. Returns undefined if
 * the jail does not exist.
 */
export function tryJail(
  name: string,
  tried: ReadonlyMap<string, string>,
  options: ReadOptions,
): Fail2banJail | undefined {
  const request = openJails(options);
  if (name === "INCLUDES" || !request.layers.sections.has(name)) return undefined;
  return readJail({ ...request, name, tried });
}

/** Reads only fail2ban.conf. */
export function readFail2banSettings(directory: string): ReadonlyMap<string, string> {
  return readSettings(createLayerReader().read(directory, "fail2ban"));
}

function withDefaults(layers: Layers, more: Readonly<Record<string, string>>): Layers {
  const defaults = new Map(layers.defaults);
  for (const [key, text] of Object.entries(more)) defaults.set(key, { text, path: key, line: 0 });
  return { ...layers, defaults };
}

function readSettings(layers: Layers): ReadonlyMap<string, string> {
  const scope: Scope = { layers, section: "Definition", given: new Map() };
  const keys = [...layers.defaults.keys(), ...(layers.sections.get("Definition")?.keys() ?? [])];
  const settings = new Map<string, string>();
  for (const key of keys) {
    const read = readValue(scope, key);
    if (read.ok && read.value !== undefined) settings.set(key, read.value);
  }
  return settings;
}

interface JailRequest {
  readonly reader: LayerReader;
  readonly directory: string;
  readonly layers: Layers;
  readonly name: string;
  /** Names that files of action.d or filter.d refer to. */
  readonly knownArguments: KnownArguments;
  readonly stockActions: StockActions;
  /** Collects the files that jails use. */
  readonly used: Set<Layers>;
  /** If set, the jail counts as enabled, and these replace its options and its filter's arguments. */
  readonly tried?: ReadonlyMap<string, string>;
}

function readJail(request: JailRequest): Fail2banJail {
  const { layers, name, tried } = request;
  const path = [...(layers.sections.get(name)?.values() ?? [])][0]?.path ?? "jail.conf";
  const problems: Problem[] = [];
  const own = readOptions(layers, name, ["enabled", "backend", "filter"], new Map(), problems);
  const first = new Map([...own, ...(tried ?? [])]);
  const enabled = tried !== undefined || isTrue(first.get("enabled"));
  if (!enabled) {
    const places = placesOfOptions(layers, name, undefined);
    // A mistake such as "enabled = ture" disables a jail and is reported.
    const { warnings } = findWrongValues({ name, path, places, valueOf: enabledOf(first) });
    const nothing = { filter: undefined, actions: [], unusable: [], warnings, places: new Map() };
    return { name, enabled, options: first, ...nothing, problems, path };
  }
  const warnings: Problem[] = [];
  const chosen = chooseFilter(request, first, path, { problems, warnings });
  const known = new Map<string, string>();
  if (chosen !== undefined) {
    const all = readDefinition({ ...chosen.request, jail: first, everything: true });
    problems.push(...all.problems);
    for (const [key, value] of all.values)
      if (!key.startsWith("known/")) known.set(`known/${key}`, value);
  }
  const options = readOptions(layers, name, [...JAIL_KEYS, ...LATER_KEYS], known, problems);
  const filter = chosen === undefined ? undefined : readFilterOptions(chosen, options, problems);
  const { actions, ...found } = readActions({ ...request, options, path });
  problems.push(...found.problems);
  warnings.push(...found.warnings);
  for (const one of found.used) request.used.add(one);
  if (chosen !== undefined) request.used.add(chosen.request.layers);
  const files = chosen?.request.layers;
  const places = placesOfOptions(layers, name, files);
  const valueOf = (key: string): string | undefined => options.get(key) ?? filter?.options.get(key);
  const search = { jail: name, layers, filter: files, actions: found.used, places, valueOf };
  warnings.push(...findSlips(search));
  const values = findWrongValues({ name, path, places, valueOf });
  const { unusable } = values;
  warnings.push(...values.warnings);
  return { name, enabled, options, filter, actions, problems, unusable, warnings, path, places };
}

function enabledOf(options: ReadonlyMap<string, string>): (key: string) => string | undefined {
  return (key) => (key === "enabled" ? options.get(key) : undefined);
}

function readOptions(
  layers: Layers,
  section: string,
  keys: readonly string[],
  given: ReadonlyMap<string, string>,
  problems: Problem[],
): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const key of keys) {
    const read = readValue({ layers, section, given }, key);
    if (!read.ok) problems.push(badReference(layers, section, key, section, read.error));
    else if (read.value !== undefined) options.set(key, read.value);
  }
  return options;
}

interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

interface ChosenFilter {
  readonly name: string;
  readonly request: Omit<Parameters<typeof readDefinition>[0], "jail" | "everything">;
}

function chooseFilter(
  { reader, directory, layers, name, knownArguments, tried = new Map() }: JailRequest,
  options: ReadonlyMap<string, string>,
  path: string,
  { problems, warnings }: Findings,
): ChosenFilter | undefined {
  const text = options.get("filter") ?? "";
  // No filter is needed: the jail may contain expressions itself, or be for manual bans only.
  if (text === "") return undefined;
  const place = placeInLayers({ layers, name, path }, "filter");
  const parsed = parseNamedOptions(text);
  if (!parsed.ok) {
    problems.push({ ...place, got: text, expected: `NAME[key=value, …]: ${parsed.error}` });
    return undefined;
  }
  const found = reader.read(directory, join("filter.d", parsed.value.name));
  if (found.files.length === 0) {
    const named = { layers, jail: name, directory, kind: "filter", path } as const;
    problems.push(...notRead(found, { ...named, name: parsed.value.name }));
    return undefined;
  }
  warnings.push(
    ...found.problems,
    ...findBlankBeforeOptions(text, "filter", { layers, name, path }),
  );
  const args = new Map([...parsed.value.options, ...tried]);
  warnings.push(
    ...findUnusedArguments({
      ...{ jail: name, layers, args, user: found, knownArguments, options: FILTER_KEYS },
      file: { kind: "filter", name: parsed.value.name },
    }),
  );
  if (!args.get("logtype") && !found.sections.get("Definition")?.has("logtype")) {
    args.set("logtype", options.get("backend")?.startsWith("systemd") ? "journal" : "file");
  }
  const file = found.files[0] ?? path;
  const request = { layers: found, path: file, keys: [...FILTER_KEYS, "mode"], args, ignored: [] };
  return { name: parsed.value.name, request };
}

function readFilterOptions(
  { name, request }: ChosenFilter,
  jail: ReadonlyMap<string, string>,
  problems: Problem[],
): Fail2banFilter {
  const { values, problems: more } = readDefinition({ ...request, jail, everything: false });
  problems.push(...more);
  const options = new Map([...values].filter(([key]) => FILTER_KEYS.some((one) => one === key)));
  return { name, options, mode: values.get("mode") };
}

/** Parses a boolean as fail2ban does. */
export function isTrue(text: string | undefined): boolean {
  return ["1", "on", "true", "yes"].includes(text?.trim().toLowerCase() ?? "");
}
