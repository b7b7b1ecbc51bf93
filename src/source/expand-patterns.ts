/**
 * Path patterns -> the files they name now, and every folder where a change of a name could alter that answer: all
 * folders on the way, through symbolic links to what they point at. Nothing is kept; it is asked again on each change.
 */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { hasWildcard, matchGlob } from "./match-glob.ts";
import { isCompressedName, isRotatedName } from "./rotated-name.ts";

/** As many symbolic links as the kernel follows in one path (path_resolution(7)). */
const LINK_BOUND = 40;

export interface Expansion {
  /** Sorted. Files named without wildcard are here even when missing. */
  readonly files: readonly string[];
  /** Folder -> names in it, or patterns of names, that matter. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Walk {
  readonly files: Set<string>;
  readonly globbed: Set<string>;
  readonly folders: Map<string, Set<string>>;
}

export function expandPatterns(patterns: readonly string[]): Expansion {
  const walk: Walk = { files: new Set(), globbed: new Set(), folders: new Map() };
  for (const pattern of patterns) step(walk, "/", "/", partsOf(pattern), 0);
  const named = [...walk.files, ...walk.globbed];
  for (const path of walk.globbed) {
    // An old file that the pattern also takes is read as the past of its log, not as a log of its own.
    if (!named.some((base) => isRotatedName(path, base))) walk.files.add(path);
  }
  return { files: [...walk.files].sort(), folders: walk.folders };
}

function partsOf(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** `named` is the path as the operator would write it, `folder` where that really is; `globbed` was a wildcard seen. */
function step(
  walk: Walk,
  named: string,
  folder: string,
  parts: readonly string[],
  links: number,
  globbed = false,
): void {
  const [part, ...rest] = parts;
  if (part === undefined) {
    (globbed ? walk.globbed : walk.files).add(named);
    return;
  }
  if (part === "..") {
    step(walk, join(named, ".."), join(folder, ".."), rest, links, globbed);
    return;
  }
  watchName(walk, folder, part);
  if (!hasWildcard(part)) {
    follow(walk, join(named, part), join(folder, part), rest, links, globbed);
    return;
  }
  for (const name of listFolder(folder)) {
    if (!matchGlob(name, part) || (rest.length === 0 && isCompressedName(name))) continue;
    follow(walk, join(named, name), join(folder, name), rest, links, true);
  }
}

function follow(
  walk: Walk,
  named: string,
  path: string,
  rest: readonly string[],
  links: number,
  globbed: boolean,
): void {
  const target = readLink(path);
  if (target !== undefined && links < LINK_BOUND) watchTarget(walk, path, target, links + 1);
  const real = target === undefined ? path : resolve(path, "..", target);
  if (rest.length > 0) return step(walk, named, real, rest, links, globbed);
  if (!globbed) walk.files.add(named);
  else if (isFile(path) || target !== undefined) walk.globbed.add(named);
}

/** A link's target is a path with folders of its own to watch; what they lead to is found by the path's own walk. */
function watchTarget(walk: Walk, path: string, target: string, links: number): void {
  const aside: Walk = { files: new Set(), globbed: new Set(), folders: walk.folders };
  const absolute = resolve(path, "..", target);
  // A target is a name, not a pattern: its parts are taken as they are.
  let folder = "/";
  for (const part of partsOf(absolute)) {
    watchName(aside, folder, part);
    const next = join(folder, part);
    const link = readLink(next);
    if (link !== undefined && links < LINK_BOUND) watchTarget(aside, next, link, links + 1);
    folder = next;
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
