/**
 * Path patterns -> the files they name now, and every folder where a change of a name could alter that answer: all
 * folders on the way, through symbolic links to what they point at. Nothing is kept; it is asked again on each change.
 */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasWildcard, matchGlob } from "./match-glob.ts";
import { isCompressedName, rotatedFrom } from "./rotated-name.ts";

/** Links looked behind in one expansion: loops of links, which anyone may make, must come to an end. */
const LINK_BOUND = 1000;

export interface Expansion {
  /** Sorted. Files named without wildcard are here even when missing. */
  readonly files: readonly string[];
  /** What a pattern takes that is no regular file: directories, devices, FIFOs. Sorted. */
  readonly passedOver: readonly string[];
  /** Folder -> names in it, or patterns of names, that matter. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Walk {
  readonly files: Set<string>;
  readonly globbed: Set<string>;
  readonly passedOver: Set<string>;
  readonly folders: Map<string, Set<string>>;
  links: number;
}

export function expandPatterns(patterns: readonly string[]): Expansion {
  const walk: Walk = {
    files: new Set(),
    globbed: new Set(),
    passedOver: new Set(),
    folders: new Map(),
    links: 0,
  };
  for (const pattern of patterns) step(walk, ROOT, partsOf(pattern));
  const named = new Set([...walk.files, ...walk.globbed]);
  for (const path of walk.globbed) {
    // An old file that the pattern also takes is read as the past of its log, not as a log of its own.
    if (!rotatedFrom(path).some((base) => named.has(base))) walk.files.add(path);
  }
  return {
    files: [...walk.files].sort(),
    passedOver: [...walk.passedOver].sort(),
    folders: walk.folders,
  };
}

function partsOf(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** How far a walk has come. */
interface Place {
  /** The path as the operator would write it. */
  readonly named: string;
  /** Where that really is. */
  readonly real: string;
  /** Whether a wildcard was on the way. */
  readonly globbed: boolean;
}

const ROOT: Place = { named: "/", real: "/", globbed: false };

function step(walk: Walk, place: Place, parts: readonly string[]): void {
  const [part, ...rest] = parts;
  if (part === undefined) {
    (place.globbed ? walk.globbed : walk.files).add(place.named);
    return;
  }
  if (part === "..") return step(walk, enter(place, ".."), rest);
  watchName(walk, place.real, part);
  if (!hasWildcard(part)) return follow(walk, enter(place, part), rest);
  for (const name of listFolder(place.real)) {
    if (!matchGlob(name, part) || (rest.length === 0 && isCompressedName(name))) continue;
    follow(walk, { ...enter(place, name), globbed: true }, rest);
  }
}

function enter(place: Place, name: string): Place {
  return { ...place, named: join(place.named, name), real: join(place.real, name) };
}

function follow(walk: Walk, place: Place, rest: readonly string[]): void {
  const target = readLink(place.real);
  if (target !== undefined) watchTarget(walk, resolve(place.real, "..", target));
  if (rest.length > 0) {
    const real = target === undefined ? place.real : resolve(place.real, "..", target);
    step(walk, { ...place, real }, rest);
  } else if (!place.globbed) walk.files.add(place.named);
  else if (target !== undefined || isFile(place.real)) walk.globbed.add(place.named);
  else walk.passedOver.add(place.named);
}

/** The folders on the way to what a link points at; a target is a name, not a pattern. */
function watchTarget(walk: Walk, target: string): void {
  if (++walk.links > LINK_BOUND) return;
  let folder = "/";
  for (const part of partsOf(target)) {
    watchName(walk, folder, part);
    folder = join(folder, part);
    const next = readLink(folder);
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

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // Missing or closed to us: it has no files for us now, and its own folder is watched.
    return [];
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Not a link (EINVAL) or not there: nothing to follow.
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    // Gone since the folder was listed.
    return false;
  }
}
