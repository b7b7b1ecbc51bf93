/**
 * Loads the filter library: every TOML file of the shipped directory and of the administrator's, with its shape
 * checked. An administrator's file replaces the shipped filter of the same name; one with `extends` adds its rules to a
 * filter instead. One bad file never hides the others.
 */
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf, systemReason } from "../host/explain-system-error.ts";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isUtf8 } from "node:buffer";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeOtherWriter } from "../config/describe-other-writer.ts";
import { placeProblems } from "../config/place-problems.ts";
import type { FilterDefinition, FilterOverlay } from "../domain/filter-definition.ts";
import { didYouMean } from "../domain/did-you-mean.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { placeInFilter, ruleIdsIn } from "./place-filter-problems.ts";
import { applyOverlay } from "../parse/filter/apply-overlay.ts";
import { isOverlay, readFilter, readOverlay } from "../parse/filter/read-filter.ts";

/** Filters shipped with the program. */
export const SHIPPED_FILTERS: string = fileURLToPath(new URL("../../filters", import.meta.url));

/** Written or extended by an administrator; shipped filters are checked by the test suite instead of at every start. */
export function isOwn({ path, rules }: FilterDefinition): boolean {
  return !path.startsWith(SHIPPED_FILTERS) || rules.some(({ location }) => location !== undefined);
}

export interface FilterLibrary {
  readonly filters: ReadonlyMap<string, FilterDefinition>;
  readonly problems: readonly Problem[];
  /** Names of files with mistakes, so that a jail which uses one is not reported as well. */
  readonly broken: readonly string[];
}

/** The content of one file; the text is kept to locate problems. */
type FilterFile =
  | { readonly kind: "filter"; readonly filter: FilterDefinition }
  | { readonly kind: "overlay"; readonly overlay: FilterOverlay; readonly text: string };
type Overlay = Extract<FilterFile, { readonly kind: "overlay" }>;

/** Directories in order, later ones winning; a missing one contains no filters. `made` are filters without a file. */
export async function loadFilters(
  directories: readonly string[],
  made: readonly FilterDefinition[] = [],
): Promise<FilterLibrary> {
  const filters = new Map(made.map((filter) => [filter.name, filter]));
  const overlays: Overlay[] = [];
  const problems: Problem[] = [];
  const broken: string[] = [];
  for (const directory of directories) {
    const listed = listFilters(directory);
    if (!listed.ok) problems.push(listed.error);
    for (const path of listed.ok ? listed.value : []) {
      const others = describeOtherWriter(path);
      const read = others === undefined ? await readFile(path) : fail([others]);
      if (!read.ok) {
        problems.push(...read.error);
        broken.push(basename(path, ".toml"));
      } else if (read.value.kind === "overlay") overlays.push(read.value);
      else filters.set(read.value.filter.name, read.value.filter);
    }
  }
  // After every filter is known: an overlay may come before the file it extends.
  for (const one of overlays) {
    const added = await add(one, filters, overlays);
    if (added.ok) filters.set(added.value.name, added.value);
    else problems.push(...added.error);
  }
  return { filters, problems, broken };
}

/** Loads a single file; an overlay is added to its filter among `others`, which are read only then. */
export async function loadFilter(
  path: string,
  others: () => Promise<FilterLibrary>,
): Promise<Result<FilterDefinition, readonly Problem[]>> {
  const read = await readFile(path);
  if (!read.ok) return read;
  return read.value.kind === "filter"
    ? ok(read.value.filter)
    : add(read.value, (await others()).filters, []);
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
  const filter = readFilter(table.value, path);
  if (!filter.ok)
    return fail(await placeInFilter(text.value, filter.error, ruleIdsIn(table.value)));
  const expected = basename(path, ".toml");
  if (filter.value.name !== expected) {
    const got = `name = "${filter.value.name}"`;
    const problem = { path, key: "name", got, expected: `"${expected}", as the file is called` };
    return fail(await placeProblems(text.value, [problem]));
  }
  return ok({ kind: "filter", filter: filter.value });
}

async function add(
  { overlay, text }: Overlay,
  filters: ReadonlyMap<string, FilterDefinition>,
  overlays: readonly Overlay[],
): Promise<Result<FilterDefinition, readonly Problem[]>> {
  const base = filters.get(overlay.extends);
  if (base === undefined) {
    const problem = unknownBase(overlay, [...filters.keys()], overlays);
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

/** Overlays have no name, so none can extend another or itself. */
function unknownBase(
  { path, extends: base }: FilterOverlay,
  names: readonly string[],
  overlays: readonly Overlay[],
): Problem {
  const named = overlays.find(({ overlay }) => basename(overlay.path, ".toml") === base)?.overlay;
  const expected = "a filter that `bailiff services --all` lists";
  const problem = { path, key: "extends", expected };
  const near = named === undefined ? didYouMean(base, names) : undefined;
  if (near !== undefined) {
    const hint = `did you mean "${near}"?`;
    return { path, key: "extends", got: `"${base}"`, expected: "an available filter", hint };
  }
  if (named === undefined) return { ...problem, got: `"${base}"` };
  const itself = named.path === path;
  const got = itself ? `"${base}", this file itself` : `"${base}", which only adds to a filter`;
  return { ...problem, got, hint: `an overlay adds to a filter, as in extends = "sshd"` };
}

/** Shipped filters are in folders by kind, which are no part of their names. */
export function listFilterFiles(directory: string): readonly string[] {
  if (directory !== SHIPPED_FILTERS) return tomlFiles(directory);
  const folders = readdirSync(directory).sort();
  return folders.flatMap((folder) => tomlFiles(join(directory, folder)));
}

function tomlFiles(directory: string): readonly string[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(".toml"));
  return names.sort().map((name) => join(directory, name));
}

/** A missing directory contains no filters. */
function listFilters(directory: string): Result<readonly string[], Problem> {
  try {
    return ok(existsSync(directory) ? listFilterFiles(directory) : []);
  } catch (error) {
    const got = describeUnreadable(error);
    return fail({ path: directory, got, expected: "a readable directory of filters" });
  }
}

function readText(path: string): Result<string, Problem> {
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
