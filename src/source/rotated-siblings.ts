/**
 * What rotation has left of a log file, oldest first. Only what can be read here: plain files and gzip; of a file that
 * is there both packed and plain, the plain one.
 */
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileIdentity } from "./file-cursor.ts";
import { isRotatedName } from "./rotated-name.ts";

export interface Sibling extends FileIdentity {
  readonly path: string;
  readonly packed: boolean;
  readonly size: number;
  readonly changed: bigint;
}

/** Oldest first. gzip keeps the time of the file it packs. */
export function rotatedSiblings(path: string): readonly Sibling[] {
  const siblings: Sibling[] = [];
  // Where the path is a link to today's file, that file has the name of a rotated one and is none yet.
  const live = statSync(path, { bigint: true, throwIfNoEntry: false });
  for (const name of namesBeside(path)) {
    const candidate = join(dirname(path), name);
    if (!isRotatedName(candidate, path) || /\.(?!gz$)(?:xz|bz2|zst|lz4|lzma|Z)$/.test(name))
      continue;
    const stats = statSync(candidate, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile()) continue;
    if (stats.ino === live?.ino && stats.dev === live.dev) continue;
    siblings.push({
      path: candidate,
      packed: name.endsWith(".gz"),
      device: `${stats.dev}`,
      inode: `${stats.ino}`,
      size: Number(stats.size),
      changed: stats.mtimeNs,
    });
  }
  const plain = new Set(siblings.map((sibling) => sibling.path));
  return siblings
    .filter((sibling) => !sibling.packed || !plain.has(sibling.path.slice(0, -3)))
    .sort(olderFirst);
}

/** By time of the last change, whose steps are coarse (4 ms and more); then ".2" before ".1", and dates as they come. */
function olderFirst(a: Sibling, b: Sibling): number {
  if (a.changed !== b.changed) return a.changed < b.changed ? -1 : 1;
  const [first, second] = [rotationOf(a.path), rotationOf(b.path)];
  if (first !== undefined && second !== undefined) return second - first;
  return a.path < b.path ? -1 : 1;
}

/** The n of "auth.log.n", which grows with age; undefined for other forms. */
function rotationOf(path: string): number | undefined {
  const number = /\.(\d{1,4})(?:\.gz)?$/.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
}

function namesBeside(path: string): readonly string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    // No folder, no siblings.
    return [];
  }
}
