/** Converts REGEX and IGNOREREGEX of the command line to rules, and describes their origin. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, resolve } from "node:path";
import type { PythonRules } from "../../domain/filter-definition.ts";
import { formatProblem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { createDateDetector } from "../../fail2ban/dialect/date-detector.ts";
import { expandTags } from "../../fail2ban/dialect/expand-tags.ts";
import { compileFilterExpression } from "../../fail2ban/dialect/filter-expression.ts";
import { filterRules } from "../../fail2ban/config/filter-rules.ts";
import { createLayerReader, type Layers } from "../../fail2ban/config/layers.ts";
import { parseNamedOptions } from "../../fail2ban/config/named-options.ts";
import { pythonRepr } from "../../fail2ban/server/python-text.ts";
import { FILTER_KEYS } from "../../fail2ban/config/option-keys.ts";
import { readFilterLayers } from "../../fail2ban/config/read-named-filter.ts";
import { tryJail } from "../../fail2ban/config/read-directory.ts";
import { fail2banVersion } from "../../fail2ban/config/release.ts";
import { zoneOffset } from "../../fail2ban/dialect/time-zones.ts";
import { compilePythonExpression } from "../../parse/expression/python-expression.ts";
import type { RegexOptions } from "./options.ts";

export interface ChosenRules {
  readonly rules: PythonRules;
  /** The filter's matches, if the log is the journal. */
  readonly journalMatch: string | undefined;
  /** Output lines that name the chosen rules and their origin. */
  readonly notes: readonly string[];
}

export interface Wrong {
  readonly text: string;
  /** Output lines until the mistake was found. */
  readonly notes: readonly string[];
}

export function chooseRules(options: RegexOptions): Result<ChosenRules, Wrong> {
  const [log = "", regex = "", ignoring] = options.words;
  const notes: string[] = [];
  const wrong = (text: string): { ok: false; error: Wrong } => fail({ text, notes });
  if (options.maxLines !== undefined) notes.push(`Use         maxlines : ${options.maxLines}`);
  if (options.timeZone !== undefined && !zoneOffset(options.timeZone).ok)
    return wrong(`Unknown or unsupported time zone: ${pythonRepr(options.timeZone)}`);
  const dates = options.datePattern === undefined ? ok("") : describeDates(options.datePattern);
  if (!dates.ok) return wrong(`Failed to set datepattern: ${dates.error}`);
  if (options.datePattern !== undefined) notes.push(dates.value);
  const found = findFilter(regex, options, log.startsWith("systemd-journal") ? "journal" : "file");
  if (!found.ok) return wrong(found.error);
  notes.push(...found.value.notes);
  const own = found.value.options;
  const ownMaxLines = own.get("maxlines");
  if (options.maxLines === undefined && ownMaxLines !== undefined)
    notes.push(`Use         maxlines : ${Number(ownMaxLines)}`);
  const ownDates = own.get("datepattern");
  if (options.datePattern === undefined && ownDates !== undefined) {
    const described = describeDates(ownDates);
    if (!described.ok) return wrong(described.error);
    notes.push(described.value);
  }
  if (ignoring !== undefined) notes.push(`Use ignoreregex line : ${shorten(ignoring)}`);
  const rules = joinRules(own, options, ignoring);
  const mistake = regex.trim() === "" ? EMPTY : findMistake(rules);
  if (mistake !== undefined) return wrong(mistake);
  return ok({ rules, journalMatch: own.get("journalmatch"), notes });
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
  readonly notes: readonly string[];
}

function findFilter(
  text: string,
  options: RegexOptions,
  logtype: "file" | "journal",
): Result<FoundFilter, string> {
  const isName = /^\/{0,3}[\w/_\-.]+(?:\[[^]*\])?$/.test(text);
  const named = isName ? parseNamedOptions(text) : undefined;
  if (named?.ok === false) return fail(`Wrong filter name or options: ${named.error}`);
  if (named !== undefined) {
    const request: NamedRequest = { ...named.value, text, logtype, ...options };
    const found = findJail(request) ?? readFilterFile(request);
    if (found !== undefined) return found;
  }
  return ok({
    options: new Map([["failregex", text]]),
    notes: [`Use   failregex line : ${shorten(text)}`],
  });
}

interface NamedRequest extends Pick<RegexOptions, "config" | "verbose"> {
  readonly text: string;
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
  readonly logtype: "file" | "journal";
}

function readFilterFile(request: NamedRequest): Result<FoundFilter, string> | undefined {
  const { text, name, options: given, logtype, config, verbose } = request;
  const place = findFile(name, config);
  if (place === undefined) return undefined;
  const notes = [place.note];
  if (given.size > 0) notes.push(`Use   filter options : ${pythonRepr(given)}`);
  const args = withLogType(given, place.layers, logtype);
  const { options, problems } = readFilterLayers(place.layers, args);
  const [problem] = problems.filter(({ key }) => key !== undefined);
  if (problem !== undefined) return fail(`failed to load filter ${text}: ${problem.got}`);
  if (verbose > 1)
    notes.push(
      describeOptions(given, new Map([...options, ["logtype", args.get("logtype") ?? ""]])),
    );
  return ok({ options, notes });
}

/** Describes the values of the usual options, and of the options that were given. */
function describeOptions(
  given: ReadonlyMap<string, string>,
  options: ReadonlyMap<string, string>,
): string {
  const names = ["logtype", "datepattern", ...given.keys()];
  const real = names.flatMap((name) => {
    const value = options.get(name) ?? given.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return `Real  filter options : ${pythonRepr(new Map(real))}`;
}

interface FilterPlace {
  readonly layers: Layers;
  readonly note: string;
}

/** Finds a filter by name in filter.d with its overrides, or by path alone. */
function findFile(name: string, config: string): FilterPlace | undefined {
  const hasEnding = name.slice(-6).includes(".");
  const tried = hasEnding ? [name] : [name, `${name}.conf`, `${name}.local`];
  const inFilters = basename(config) === "filter.d" ? config : join(config, "filter.d");
  const inConfig = dirname(name) === "filter.d";
  const hasFolder = name.includes("/") && !inConfig;
  const file = tried
    .map((one) => (hasFolder ? one : join(inConfig ? config : inFilters, one)))
    .find((path) => existsSync(path) && statSync(path).isFile());
  if (file === undefined) return undefined;
  const base = hasFolder ? dirname(file) : config;
  const reader = createLayerReader();
  if (!hasFolder || base === config || basename(base) === "filter.d") {
    const directory = basename(base) === "filter.d" ? dirname(base) : base;
    const bare = basename(file, extname(file));
    return {
      layers: reader.read(join(directory, "filter.d"), bare),
      note: `Use      filter file : ${bare}, basedir: ${directory}`,
    };
  }
  const path = isAbsolute(file) ? file : resolve(file);
  return { layers: reader.readFile(path), note: `Use      filter file : ${name}` };
}

/** Finds a jail, enabled or not, with its section: jail names take precedence over filters. */
function findJail(request: NamedRequest): Result<FoundFilter, string> | undefined {
  const { text, name, options: given, logtype, config, verbose } = request;
  if (/\/|\.(?:conf|local)$/.test(name)) return undefined;
  const backend = logtype === "journal" ? "systemd" : "auto";
  const tried = new Map([...given, ["backend", backend]]);
  const jail = tryJail(name, tried, { directory: config, version: fail2banVersion() });
  if (jail === undefined) return undefined;
  if (jail.problems.length > 0)
    return fail(
      [`Failed to get jail for ${pythonRepr(text)}`, ...jail.problems.map(formatProblem)].join(
        "\n",
      ),
    );
  const own = FILTER_KEYS.flatMap((key) => {
    const value = jail.options.get(key) ?? jail.filter?.options.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const options = new Map<string, string>(own);
  const notes = [`Use             jail : ${name}`];
  if (given.size > 0) notes.push(`Use jail/flt options : ${pythonRepr(given)}`);
  if (verbose > 1) notes.push(describeOptions(tried, new Map([...options, ["logtype", logtype]])));
  return ok({ options, notes });
}

/** Adds `logtype` according to the log, unless an option or the filter sets it. */
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

/** Returns the first unusable expression, as fail2ban reports it. */
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
const MAX_SHOWN_LENGTH = 53;

export function shorten(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH - 3)}...` : text;
}
