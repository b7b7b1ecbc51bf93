/**
 * Loads the administrator's filters and the requested shipped ones, and checks their schema. An administrator's file
 * replaces the shipped filter of the same name; one with `extends` adds its rules to a filter. A bad file does not
 * affect the others.
 */
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isUtf8 } from "node:buffer";
import { basename, join } from "node:path";
import { describeOtherWriter } from "../config/describe-other-writer.ts";
import { placeProblems } from "../config/place-problems.ts";
import type { FilterDefinition, FilterOverlay } from "../domain/filter-definition.ts";
import { didYouMean } from "../domain/did-you-mean.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { listShippedFilters, readKeptFilter, SHIPPED_FILTERS } from "./shipped-filters.ts";
import { placeInFilter, ruleIdsIn } from "./place-filter-problems.ts";
import { applyOverlay } from "../parse/filter/apply-overlay.ts";
import { isOverlay, readFilter, readOverlay } from "../parse/filter/read-filter.ts";

/**
 * Reports whether an administrator wrote or extended the filter. Shipped filters are checked by the test suite, not at
 * every start.
 */
export function isOwn({ path, rules }: FilterDefinition): boolean {
  return !path.startsWith(SHIPPED_FILTERS) || rules.some(({ location }) => location !== undefined);
}

export interface FilterLibrary {
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  readonly problems: readonly Problem[];
  /** Names of filters whose file has mistakes; jails that use them are not reported separately. */
  readonly broken: readonly string[];
}

/** A library whose shipped filters are read only when requested. */
export interface OpenLibrary {
  /** Names of all filters that can be requested. */
  readonly names: readonly string[];
  readonly problems: readonly Problem[];
  /** Reads all filters and overlays of the administrator, and the named shipped filters; unknown names are ignored. */
  read(shipped: Iterable<string>): Promise<FilterLibrary>;
}

/** The content of one file; `text` is kept to locate problems in it. */
type FilterFile =
  | { readonly kind: "filter"; readonly filter: FilterDefinition }
  | { readonly kind: "overlay"; readonly overlay: FilterOverlay; readonly text: string };
type Overlay = Extract<FilterFile, { readonly kind: "overlay" }>;

/** Loads all shipped filters and all filters of the administrator; see openLibrary. */
export async function loadFilters(
  directories: readonly string[],
  made: readonly FilterDefinition[] = [],
): Promise<FilterLibrary> {
  const library = await openLibrary(directories, made);
  return library.read(library.names);
}

/**
 * Opens the library. Later directories override earlier ones; a missing directory contains no filters. `made`: filters
 * without a file.
 */
export async function openLibrary(
  directories: readonly string[],
  made: readonly FilterDefinition[] = [],
): Promise<OpenLibrary> {
  const shipped = listShippedFilters();
  const listed = directories.map(listFilters);
  const unlisted = listed.flatMap((one) => (one.ok ? [] : [one.error]));
  const own = await readFiles(listed.flatMap((one) => (one.ok ? one.value : [])));
  const replacing = byName(own.filters);
  const names = [
    ...new Set([...byName(made).keys(), ...shipped.keys(), ...replacing.keys(), ...own.broken]),
  ];
  return {
    names,
    problems: [...unlisted, ...own.problems],
    async read(wanted) {
      const bases = own.overlays.map(({ overlay }) => overlay.extends);
      const paths = [...new Set([...wanted, ...bases])].flatMap((name) =>
        replacing.has(name) ? [] : (shipped.get(name) ?? []),
      );
      const { filters, problems, broken } = await readFiles(paths);
      const all = new Map([...byName(made), ...byName(filters), ...replacing]);
      const unknown = await addOverlays(own.overlays, all, names);
      return {
        filters: all,
        problems: [...unlisted, ...own.problems, ...problems, ...unknown],
        broken: [...own.broken, ...broken],
      };
    },
  };
}

function byName(filters: readonly FilterDefinition[]): Map<string, FilterDefinition> {
  return new Map(filters.map((filter) => [filter.name, filter]));
}

interface ReadFiles {
  readonly filters: readonly FilterDefinition[];
  readonly overlays: readonly Overlay[];
  readonly problems: readonly Problem[];
  readonly broken: readonly string[];
}

async function readFiles(paths: readonly string[]): Promise<ReadFiles> {
  const filters: FilterDefinition[] = [];
  const overlays: Overlay[] = [];
  const problems: Problem[] = [];
  const broken: string[] = [];
  for (const path of paths) {
    const others = describeOtherWriter(path);
    const read = others === undefined ? await readFile(path) : fail([others]);
    if (!read.ok) {
      problems.push(...read.error);
      broken.push(basename(path, ".toml"));
    } else if (read.value.kind === "overlay") overlays.push(read.value);
    else filters.push(read.value.filter);
  }
  return { filters, overlays, problems, broken };
}

/** Adds overlays to their filters, once all filters are loaded: an overlay may be read before its filter. */
async function addOverlays(
  overlays: readonly Overlay[],
  filters: Map<string, FilterDefinition>,
  names: readonly string[],
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const one of overlays) {
    const added = await add(one, filters, { names, overlays });
    if (added.ok) filters.set(added.value.name, added.value);
    else problems.push(...added.error);
  }
  return problems;
}

/** Loads a single file. An overlay is added to its filter among `others`, which are loaded only in that case. */
export async function loadFilter(
  path: string,
  others: () => Promise<FilterLibrary>,
): Promise<Result<FilterDefinition, readonly Problem[]>> {
  const read = await readFile(path);
  if (!read.ok) return read;
  if (read.value.kind === "filter") return ok(read.value.filter);
  const { filters } = await others();
  return add(read.value, filters, { names: [...filters.keys()], overlays: [] });
}

async function readFile(path: string): Promise<Result<FilterFile, readonly Problem[]>> {
  const text = readText(path);
  if (!text.ok) return fail([text.error]);
  // Loaded on demand: most commands need no TOML.
  const { parseToml } = await import("../config/parse-toml.ts");
  const table = parseToml(path, text.value);
  if (!table.ok) return fail([table.error]);
  if (isOverlay(table.value)) {
    const overlay = readOverlay(table.value, path);
    return overlay.ok
      ? ok({ kind: "overlay", overlay: overlay.value, text: text.value })
      : fail(await placeInFilter(text.value, overlay.error, ruleIdsIn(table.value)));
  }
  // Copies each text: slices of the file's text would keep all of it, comments included.
  const filter = readFilter(structuredClone(table.value), path);
  if (!filter.ok)
    return fail(await placeInFilter(text.value, filter.error, ruleIdsIn(table.value)));
  const expected = basename(path, ".toml");
  if (filter.value.name !== expected) {
    const got = `name = "${filter.value.name}"`;
    const problem = { path, key: "name", got, expected: `"${expected}", equal to the file name` };
    return fail(await placeProblems(text.value, [problem]));
  }
  return ok({ kind: "filter", filter: filter.value });
}

/** Names that an overlay may extend, for the error about an unknown one. */
interface Known {
  readonly names: readonly string[];
  readonly overlays: readonly Overlay[];
}

async function add(
  { overlay, text }: Overlay,
  filters: ReadonlyMap<string, FilterDefinition>,
  { names, overlays }: Known,
): Promise<Result<FilterDefinition, readonly Problem[]>> {
  const base = filters.get(overlay.extends);
  if (base === undefined) {
    const problem = unknownBase(overlay, names, overlays);
    return fail(await placeProblems(text, [problem]));
  }
  const added = applyOverlay(base, overlay);
  return added.ok
    ? added
    : fail(
        await placeInFilter(
          text,
          added.error,
          overlay.rules.map(({ id }) => id),
        ),
      );
}

/**
 * Returns a problem if the filter that an overlay extends does not exist. Overlays have no name, so they cannot extend
 * each other.
 */
function unknownBase(
  { path, extends: base }: FilterOverlay,
  names: readonly string[],
  overlays: readonly Overlay[],
): Problem {
  const named = overlays.find(({ overlay }) => basename(overlay.path, ".toml") === base)?.overlay;
  const expected = "the name of an available filter";
  const problem = { path, key: "extends", expected };
  const near = named === undefined ? didYouMean(base, names) : undefined;
  if (near !== undefined) {
    const hint = `did you mean "${near}"?`;
    return { path, key: "extends", got: `"${base}"`, expected: "an available filter", hint };
  }
  const hint = "bailiff services --all lists them";
  if (named === undefined) return { ...problem, got: `"${base}"`, hint };
  const itself = named.path === path;
  const got = itself ? `"${base}", this file itself` : `"${base}", which only adds to a filter`;
  return { ...problem, got, hint: `an overlay adds to a filter, as in extends = "sshd"` };
}

/** Lists the filter files of a directory; a missing directory has none. */
function listFilters(directory: string): Result<readonly string[], Problem> {
  try {
    const names = existsSync(directory) ? readdirSync(directory) : [];
    const own = names.filter((name) => name.endsWith(".toml")).sort();
    return ok(own.map((name) => join(directory, name)));
  } catch (error) {
    const got = describeUnreadable(error);
    return fail({ path: directory, got, expected: "a readable directory of filters" });
  }
}

function readText(path: string): Result<string, Problem> {
  const kept = readKeptFilter(path);
  if (kept !== undefined) return ok(kept);
  try {
    const bytes = readFileSync(path);
    if (isUtf8(bytes)) return ok(bytes.toString("utf8"));
    return fail({ path, got: "bytes that are not UTF-8", expected: "a TOML file in UTF-8" });
  } catch (error) {
    const got = describeUnreadable(error);
    return fail({ path, got, expected: "a readable filter file" });
  }
}

function describeUnreadable(error: unknown): string {
  switch (codeOf(error) ?? "") {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "a directory";
    case "ENOTDIR":
      return "a file";
    case "EACCES":
      return "no right to read it";
    default:
      return systemReason(error) ?? reasonOf(error);
  }
}
