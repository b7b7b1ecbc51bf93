/**
 * Lists the rotated files of a log, oldest first. Includes only readable formats: plain files, gzip and zstd; of a file that
 * exists in several, the plain one.
 */
import { dirname, join, resolve } from "node:path";
import type { FileIdentity } from "./file-cursor.ts";
import {
  isCompressedName,
  isReadableArchive,
  rotatedFrom,
  uncompressedName,
} from "./rotated-name.ts";
import { linkTarget, listNames, realPathOf, statsAt } from "../../host/read-or-empty.ts";

export interface Sibling extends FileIdentity {
  readonly path: string;
  readonly packed: boolean;
  readonly size: number;
  readonly changed: bigint;
}

/**
 * Returns rotated files of one log, oldest first. gzip and zstd keep the modification time of the original file, so their order
 * is right. If one was changed after `now`, the clock was set back, and their numbers tell the order.
 */
export function rotatedSiblings(path: string, now: number = Infinity): readonly Sibling[] {
  const siblings = siblingsOfEach([path]).get(path) ?? [];
  const isSetBack = siblings.some(({ changed }) => Number(changed / 1_000_000n) > now);
  const numbered = siblings.map((one) => ({ one, number: rotationOf(one.path) ?? 0 }));
  if (!isSetBack || numbered.some(({ number }) => number === 0)) return siblings;
  return numbered.sort((a, b) => b.number - a.number).map(({ one }) => one);
}

/**
 * Describes rotated files that were changed since `since` (epoch milliseconds) and are compressed in a form that is not
 * read, and what to do; undefined: there are none.
 */
export function describeUnreadable(path: string, since: number): string | undefined {
  const all = candidatesOfEach([path]).get(path) ?? [];
  const unread = all.filter((candidate) => {
    if (!isUnreadable(candidate)) return false;
    const plain = uncompressedName(candidate);
    if (all.some((one) => !isUnreadable(one) && uncompressedName(one) === plain)) return false;
    const stats = statsAt(candidate);
    return stats?.isFile() === true && Number(stats.mtimeMs) >= since;
  });
  const [first] = unread.sort();
  if (first === undefined) return undefined;
  const others = unread.length === 1 ? "" : ` and ${unread.length - 1} more`;
  return `${first}${others}: bailiff reads gzip and zstd; set "compresscmd /usr/bin/gzip" and "compressext .gz", or "delaycompress", for this log in logrotate`;
}

function isUnreadable(path: string): boolean {
  return isCompressedName(path) && !isReadableArchive(path);
}

/**
 * Lists the rotated files of many logs. Reads each folder once, because it may contain thousands of files. Logs without
 * rotated files are left out.
 */
export function siblingsOfEach(paths: readonly string[]): ReadonlyMap<string, readonly Sibling[]> {
  const found = candidatesOfEach(paths);
  return new Map([...found].map(([path, candidates]) => [path, siblingsAmong(candidates, path)]));
}

/** Bounds a chain of links: any user may create a loop. */
const MAX_LINKS = 8;

/** Returns the path and, if it is a link, the paths to which it leads: a log is rotated at its own path. */
function placesOf(path: string): readonly string[] {
  const places = new Set([path]);
  for (let place = path; places.size <= MAX_LINKS; places.add(place)) {
    const target = linkTarget(place);
    if (target === undefined) break;
    place = resolve(realPathOf(dirname(place)) ?? dirname(place), target);
    if (places.has(place)) break;
  }
  return [...places];
}

/** Lists files whose names are those of rotated files. */
function candidatesOfEach(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const places = paths.flatMap((path) => placesOf(path).map((place) => ({ place, path })));
  const wanted = Map.groupBy(places, ({ place }) => place);
  const found = new Map<string, string[]>();
  for (const folder of new Set(places.map(({ place }) => dirname(place)))) {
    for (const name of listNames(folder)) {
      const candidate = join(folder, name);
      const rotated = rotatedFrom(candidate).flatMap((place) => wanted.get(place) ?? []);
      for (const { path } of rotated) {
        const known = found.get(path);
        if (known === undefined) found.set(path, [candidate]);
        else known.push(candidate);
      }
    }
  }
  return found;
}

function siblingsAmong(candidates: readonly string[], path: string): readonly Sibling[] {
  const siblings: Sibling[] = [];
  // If the path is a link to today's file, that file has a rotated name but is not rotated yet.
  const live = statsAt(path);
  for (const candidate of candidates) {
    if (isUnreadable(candidate)) continue;
    const stats = statsAt(candidate);
    if (stats === undefined || !stats.isFile()) continue;
    if (stats.ino === live?.ino && stats.dev === live.dev) continue;
    siblings.push({
      path: candidate,
      packed: isCompressedName(candidate),
      device: `${stats.dev}`,
      inode: `${stats.ino}`,
      size: Number(stats.size),
      changed: stats.mtimeNs,
    });
  }
  const plain = new Set(siblings.map((sibling) => sibling.path));
  return siblings
    .filter((sibling) => !sibling.packed || !plain.has(uncompressedName(sibling.path)))
    .sort(olderFirst);
}

/** Orders by modification time, which is coarse (4 ms or more), then ".2" before ".1", and dates ascending. */
function olderFirst(a: Sibling, b: Sibling): number {
  if (a.changed !== b.changed) return a.changed < b.changed ? -1 : 1;
  const [first, second] = [rotationOf(a.path), rotationOf(b.path)];
  if (first !== undefined && second !== undefined) return second - first;
  return a.path < b.path ? -1 : 1;
}

/** Returns the n of "auth.log.n", which grows with age; undefined for other forms. */
function rotationOf(path: string): number | undefined {
  const number = /\.(\d{1,4})$/.exec(uncompressedName(path))?.[1];
  return number === undefined ? undefined : Number(number);
}
