/** REGEX and IGNOREREGEX of the command line -> the rules that are tried, and what is said of where they come from. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import type { PythonRules } from "../../domain/filter-definition.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { createDateDetector } from "../../fail2ban/date-detector.ts";
import { expandTags } from "../../fail2ban/expand-tags.ts";
import { compileFilterExpression } from "../../fail2ban/filter-expression.ts";
import { filterRules } from "../../fail2ban/filter-rules.ts";
import { readValue } from "../../fail2ban/interpolate.ts";
import { createLayerReader, type Layers } from "../../fail2ban/layers.ts";
import { parseNamedOptions } from "../../fail2ban/named-options.ts";
import { pythonRepr } from "../../fail2ban/python-text.ts";
import { FILTER_KEYS } from "../../fail2ban/option-keys.ts";
import { readFilterLayers, readNamedFilter } from "../../fail2ban/read-named-filter.ts";
import { zoneOffset } from "../../fail2ban/time-zones.ts";
import { compilePythonExpression } from "../../parse/python-expression.ts";
import type { RegexOptions } from "./options.ts";

export interface ChosenRules {
  readonly rules: PythonRules;
  /** Of the filter, for a log that is the journal. */
  readonly journalMatch: string | undefined;
  /** What is tried and where it is from, line by line. */
  readonly said: readonly string[];
}

export interface Wrong {
  readonly text: string;
  /** What was said before. */
  readonly said: readonly string[];
}

export function chooseRules(options: RegexOptions): Result<ChosenRules, Wrong> {
  const [log = "", regex = "", ignoring] = options.words;
  const said: string[] = [];
  const wrong = (text: string): { ok: false; error: Wrong } => fail({ text, said });
  if (options.maxLines !== undefined) said.push(`Use         maxlines : ${options.maxLines}`);
  if (options.timeZone !== undefined && !zoneOffset(options.timeZone).ok)
    return wrong(`Unknown or unsupported time zone: ${pythonRepr(options.timeZone)}`);
  const dates = options.datePattern === undefined ? ok("") : describeDates(options.datePattern);
  if (!dates.ok) return wrong(dates.error);
  if (options.datePattern !== undefined) said.push(dates.value);
  const found = findFilter(regex, options, log.startsWith("systemd-journal") ? "journal" : "file");
  if (!found.ok) return wrong(found.error);
  said.push(...found.value.said);
  const own = found.value.options;
  const ownMaxLines = own.get("maxlines");
  if (options.maxLines === undefined && ownMaxLines !== undefined)
    said.push(`Use         maxlines : ${Number(ownMaxLines)}`);
  const ownDates = own.get("datepattern");
  if (options.datePattern === undefined && ownDates !== undefined) {
    const described = describeDates(ownDates);
    if (!described.ok) return wrong(described.error);
    said.push(described.value);
  }
  if (ignoring !== undefined) said.push(`Use ignoreregex line : ${shorten(ignoring)}`);
  const rules = joinRules(own, options, ignoring);
  const mistake = regex.trim() === "" ? EMPTY : findMistake(rules);
  if (mistake !== undefined) return wrong(mistake);
  return ok({ rules, journalMatch: own.get("journalmatch"), said });
}

function joinRules(
  own: ReadonlyMap<string, string>,
  options: RegexOptions,
  ignoring: string | undefined,
): PythonRules {
  const { datePattern, timeZone, maxLines, useDns } = options;
  const all = new Map(own);
  all.delete("usedns");
  if (datePattern !== undefined) all.set("datepattern", datePattern);
  if (timeZone !== undefined) all.set("logtimezone", timeZone);
  if (maxLines !== undefined) all.set("maxlines", String(maxLines));
  if (useDns !== undefined) all.set("usedns", useDns);
  const rules = filterRules(all);
  if (ignoring === undefined) return rules;
  return { ...rules, ignoreregex: [...rules.ignoreregex, ignoring] };
}

interface FoundFilter {
  readonly options: ReadonlyMap<string, string>;
  readonly said: readonly string[];
}

function findFilter(
  text: string,
  { config, verbose }: RegexOptions,
  logtype: "file" | "journal",
): Result<FoundFilter, string> {
  const isName = /^\/{0,3}[\w/_\-.]+(?:\[[^]*\])?$/.test(text);
  const named = isName ? parseNamedOptions(text) : undefined;
  if (named?.ok === false) return fail(`Wrong filter name or options: ${named.error}`);
  const place = named === undefined ? undefined : findFile(named.value.name, config);
  if (named === undefined || place === undefined) {
    const jail = named === undefined ? undefined : findJail(named.value.name, config, logtype);
    if (jail !== undefined) return ok(jail);
    const line: FoundFilter = {
      options: new Map([["failregex", text]]),
      said: [`Use   failregex line : ${shorten(text)}`],
    };
    return ok(line);
  }
  const given = named.value.options;
  const said = [place.said];
  if (given.size > 0) said.push(`Use   filter options : ${pythonRepr(given)}`);
  const args = withLogType(given, place.layers, logtype);
  const { options, problems } = readFilterLayers(place.layers, args);
  const [problem] = problems.filter(({ key }) => key !== undefined);
  if (problem !== undefined) return fail(`failed to load filter ${text}: ${problem.got}`);
  if (verbose > 1) {
    const dates = options.get("datepattern");
    const real = new Map([
      ["logtype", args.get("logtype") ?? ""],
      ...(dates === undefined ? [] : [["datepattern", dates] as const]),
      ...given,
    ]);
    said.push(`Real  filter options : ${pythonRepr(real)}`);
  }
  return ok({ options, said });
}

interface FilterPlace {
  readonly layers: Layers;
  readonly said: string;
}

/** By its name in filter.d with all that adds to it, or by its path alone. */
function findFile(name: string, config: string): FilterPlace | undefined {
  const hasEnding = name.slice(-6).includes(".");
  const tried = hasEnding ? [name] : [name, `${name}.conf`, `${name}.local`];
  const inFilters = basename(config) === "filter.d" ? config : join(config, "filter.d");
  const hasFolder = name.includes("/");
  const file = tried
    .map((one) => (hasFolder ? one : join(inFilters, one)))
    .find((path) => existsSync(path) && statSync(path).isFile());
  if (file === undefined) return undefined;
  const base = hasFolder ? dirname(file) : config;
  const reader = createLayerReader();
  if (!hasFolder || base === config || basename(base) === "filter.d") {
    const directory = basename(base) === "filter.d" ? dirname(base) : base;
    const bare = basename(name, extname(name));
    return {
      layers: reader.read(join(directory, "filter.d"), bare),
      said: `Use   failregex filter file : ${bare}, basedir: ${directory}`,
    };
  }
  const path = isAbsolute(file) ? file : resolve(file);
  return { layers: reader.readFile(path), said: `Use   failregex file : ${name}` };
}

/** A jail's filter, with what the jail itself says of it. */
function findJail(
  name: string,
  config: string,
  logtype: "file" | "journal",
): FoundFilter | undefined {
  const directory = basename(config) === "filter.d" ? dirname(config) : config;
  const layers = createLayerReader().read(directory, "jail");
  if (!layers.sections.has(name)) return undefined;
  const read = (key: string): string | undefined => {
    const value = readValue({ layers, section: name, given: new Map() }, key);
    return value.ok ? value.value : undefined;
  };
  const named = parseNamedOptions(read("filter") ?? "");
  if (!named.ok) return undefined;
  const args = new Map([["logtype", logtype], ...named.value.options]);
  const filter = readNamedFilter({ directory, name: named.value.name, args });
  const options = new Map(filter.options);
  for (const key of FILTER_KEYS) {
    const own = read(key);
    if (own !== undefined) options.set(key, own);
  }
  return {
    options,
    said: [
      `Use             jail : ${name}, basedir: ${directory}`,
      `Use   failregex filter file : ${named.value.name}, basedir: ${directory}`,
    ],
  };
}

/** Without an option, and where the filter does not choose itself, the log decides. */
function withLogType(
  given: ReadonlyMap<string, string>,
  { sections }: Layers,
  logtype: "file" | "journal",
): ReadonlyMap<string, string> {
  if (given.get("logtype") || sections.get("Definition")?.has("logtype") === true) return given;
  return new Map([...given, ["logtype", logtype]]);
}

function describeDates(pattern: string): Result<string, string> {
  const patterns = pattern.split("\n").filter((line) => line.trim() !== "");
  const detector = createDateDetector(patterns);
  if (!detector.ok) return detector;
  const { tally } = detector.value;
  const name = tally.length > 2 ? "Default Detectors" : (tally[0]?.template.name ?? "");
  return ok(`Use      datepattern : ${pattern} : ${name}`);
}

/** The first expression that cannot be used, in fail2ban's words of it. */
function findMistake(rules: PythonRules): string | undefined {
  const context = { useDns: rules.usedns, everyLine: rules.maxlines > 1 };
  const prefix = rules.prefregex;
  const own = prefix === undefined ? undefined : compileFilterExpression(prefix, context);
  const all = [...(prefix === undefined ? [] : [prefix]), ...rules.failregex, ...rules.ignoreregex];
  for (const text of all) {
    const compiled = compileFilterExpression(text, context);
    const expanded = expandTags(text, rules.usedns);
    if (!compiled.ok) return explain(expanded, context.everyLine);
    const names = rules.failregex.includes(text) && !compiled.value.identifies;
    if (names && !(own?.ok === true && own.value.identifies))
      return `No failure-id group in '${expanded}'`;
  }
  return undefined;
}

function explain(expanded: string, everyLine: boolean): string {
  const compiled = compilePythonExpression(expanded, { everyLine });
  if (compiled.ok) return EMPTY;
  const { message, at } = compiled.error;
  return `Unable to compile regular expression '${expanded}':\n${message} at position ${at}`;
}

const EMPTY = "Cannot add empty regex";
const SHORT = 53;

export function shorten(text: string): string {
  return text.length > SHORT ? `${text.slice(0, SHORT - 3)}...` : text;
}
