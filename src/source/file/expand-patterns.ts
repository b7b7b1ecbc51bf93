/**
 * Expands path patterns to files. Also lists every folder in which a changed name could alter the result: all folders
 * on the path, including those of symbolic link targets. Keeps no state; the caller expands again after each change.
 */
import { lstatSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasWildcard, matchGlob } from "./match-glob.ts";
import { isCompressedName, rotatedFrom } from "./rotated-name.ts";
import { codeOf } from "../../domain/thrown-error.ts";
import { linkTarget } from "../../host/read-or-empty.ts";

/** Bounds the links followed in one expansion: any user may create a loop of links. */
const MAX_LINKS = 1000;

export interface Expansion {
  /** Files in sorted order. Includes files named without a wildcard even if missing. */
  readonly files: readonly string[];
  /** Names that match a pattern but are not regular files: directories, devices, FIFOs. Sorted. */
  readonly passedOver: readonly string[];
  /** Maps each folder of a wildcard whose names cannot be listed to the error. */
  readonly unlisted: ReadonlyMap<string, unknown>;
  /** Maps each folder to the names in it, or patterns of names, that could alter the result. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Walk {
  readonly files: Set<string>;
  readonly globbed: Set<string>;
  readonly passedOver: Set<string>;
  readonly unlisted: Map<string, unknown>;
  readonly folders: Map<string, Set<string>>;
  links: number;
}

export function expandPatterns(patterns: readonly string[]): Expansion {
  const walk: Walk = {
    files: new Set(),
    globbed: new Set(),
    passedOver: new Set(),
    unlisted: new Map(),
    folders: new Map(),
    links: 0,
  };
  for (const pattern of patterns) step(walk, ROOT, partsOf(pattern));
  const named = new Set([...walk.files, ...walk.globbed]);
  for (const path of walk.globbed) {
    // A rotated file that also matches the pattern is read as the history of its log, not as a separate log.
    if (!rotatedFrom(path).some((base) => named.has(base))) walk.files.add(path);
  }
  return {
    files: [...walk.files].sort(),
    passedOver: [...walk.passedOver].sort(),
    unlisted: walk.unlisted,
    folders: walk.folders,
  };
}

function partsOf(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** The state of one walk along a path. */
interface WalkPosition {
  /** The path as the administrator would write it. */
  readonly named: string;
  /** The same path with links resolved. */
  readonly real: string;
  /** Whether the path so far contained a wildcard. */
  readonly globbed: boolean;
}

const ROOT: WalkPosition = { named: "/", real: "/", globbed: false };

function step(walk: Walk, place: WalkPosition, parts: readonly string[]): void {
  const [part, ...rest] = parts;
  if (part === undefined) {
    (place.globbed ? walk.globbed : walk.files).add(place.named);
    return;
  }
  if (part === "..") return step(walk, enter(place, ".."), rest);
  watchName(walk, place.real, part);
  if (!hasWildcard(part)) return follow(walk, enter(place, part), rest);
  for (const name of namesIn(walk, place)) {
    if (!matchGlob(name, part) || (rest.length === 0 && isCompressedName(name))) continue;
    follow(walk, { ...enter(place, name), globbed: true }, rest);
  }
}

function namesIn({ unlisted }: Walk, { named, real }: WalkPosition): readonly string[] {
  try {
    return readdirSync(real).sort();
  } catch (error) {
    // A missing folder may be created later, and a file is none.
    if (!["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "")) unlisted.set(named, error);
    return [];
  }
}

function enter(place: WalkPosition, name: string): WalkPosition {
  return { ...place, named: join(place.named, name), real: join(place.real, name) };
}

function follow(walk: Walk, place: WalkPosition, rest: readonly string[]): void {
  const target = linkTarget(place.real);
  if (target !== undefined) watchTarget(walk, resolve(place.real, "..", target));
  if (rest.length > 0) {
    const real = target === undefined ? place.real : resolve(place.real, "..", target);
    step(walk, { ...place, real }, rest);
  } else if (!place.globbed) walk.files.add(place.named);
  else if (target !== undefined || isFile(place.real)) walk.globbed.add(place.named);
  else walk.passedOver.add(place.named);
}

/** Adds the folders on the path to a link's target. A target is a name, not a pattern. */
function watchTarget(walk: Walk, target: string): void {
  if (++walk.links > MAX_LINKS) return;
  let folder = "/";
  for (const part of partsOf(target)) {
    watchName(walk, folder, part);
    folder = join(folder, part);
    const next = linkTarget(folder);
    if (next === undefined) continue;
    folder = resolve(folder, "..", next);
    watchTarget(walk, folder);
  }
}

function watchName(walk: Walk, folder: string, name: string): void {
  const names = walk.folders.get(folder);
  if (names === undefined) walk.folders.set(folder, new Set([name]));
  else names.add(name);
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    // Removed since the folder was listed.
    return false;
  }
}
