/**
 * Finds the saved positions of files that got another path of their source while no reader ran, such as by a rename
 * within a pattern, or as the target of another link.
 */
import type { Clock } from "../../domain/clock.ts";
import { linkTarget, statsAt } from "../../host/read-or-empty.ts";
import { cursorKeyOf, type FileCursor, identityIn, savedCursor } from "./file-cursor.ts";
import { locatePosition } from "./locate-position.ts";

export interface SavedCursors {
  /** Keys at which positions of this source were saved, also of paths that no longer exist. */
  readonly savedKeys: () => readonly string[];
  readonly resume: (key: string) => string | undefined;
  readonly clock: Clock;
}

/** Where to resume a path at the start. */
export interface StartPosition {
  readonly path: string;
  /** Whether the file at the path was read before, or another file at the path, or neither. */
  readonly known: "file" | "path" | "no";
  /**
   * The position that was saved for the file at another path; none: the file that was read at this path is at another
   * one. undefined: that of the path counts.
   */
  readonly moved: FileCursor | "none" | undefined;
  /** The position in the file that was at the path before one that moved there; undefined: that file moved, too. */
  readonly replaced?: FileCursor | undefined;
}

type StartOptions = Pick<StartPosition, "path" | "moved"> & Omit<SavedCursors, "savedKeys">;

const KEY_START = cursorKeyOf("");

/** Returns the paths in the order in which to open them: files that were read before first. */
export function findStartPositions(
  paths: readonly string[],
  { savedKeys, ...options }: SavedCursors,
): readonly StartPosition[] {
  const saved = [...savedKeys()].flatMap((key) =>
    key.startsWith(KEY_START) ? [key.slice(KEY_START.length)] : [],
  );
  const byPath = new Map<string, FileCursor>();
  const byFile = new Map<string, FileCursor>();
  for (const path of new Set([...saved, ...paths])) {
    const cursor = savedCursor(path, options);
    if (cursor === undefined) continue;
    byPath.set(path, cursor);
    const other = byFile.get(keyOf(cursor));
    if (other === undefined || other.offset < cursor.offset) byFile.set(keyOf(cursor), cursor);
  }
  const files = new Map(paths.map((path) => [path, fileAt(path)]));
  const places = new Map([...files].map(([path, file]) => [file, path]));
  const isElsewhere = (cursor: FileCursor): boolean => {
    const path = places.get(keyOf(cursor));
    return path !== undefined && isPositionIn(path, cursor);
  };
  const positions = paths.map((path): StartPosition => {
    const own = byPath.get(path);
    const file = files.get(path);
    if (own !== undefined && keyOf(own) === file) return { path, known: "file", moved: undefined };
    const isGone = own !== undefined && !isElsewhere(own);
    const moved = file === undefined ? undefined : byFile.get(file);
    if (moved !== undefined && isPositionIn(path, moved))
      return { path, known: "file", moved, replaced: isGone ? own : undefined };
    if (own === undefined) return { path, known: "no", moved: undefined };
    return { path, known: "path", moved: isGone ? undefined : "none" };
  });
  const links = new Set(paths.filter((path) => linkTarget(path) !== undefined));
  // Of a file with several names, that beside which its rotated files are is read.
  return (["file", "path", "no"] as const).flatMap((wanted) => {
    const some = positions.filter(({ known }) => known === wanted);
    return [
      ...some.filter(({ path }) => !links.has(path)),
      ...some.filter(({ path }) => links.has(path)),
    ];
  });
}

/** Returns the position at which to resume a path. */
export function cursorAt(
  time: "the start" | "later",
  { moved, path, ...options }: StartOptions,
): FileCursor | undefined {
  if (time === "later" || moved === undefined) return savedCursor(path, options);
  return moved === "none" ? undefined : moved;
}

/** Returns whether the file at the path still has the text before the position: an inode may have been reused. */
function isPositionIn(path: string, cursor: FileCursor): boolean {
  const file = locatePosition(path, cursor);
  file?.close();
  return file !== undefined;
}

function fileAt(path: string): string | undefined {
  const stats = statsAt(path);
  return stats && keyOf(identityIn(stats));
}

function keyOf({ device, inode }: Pick<FileCursor, "device" | "inode">): string {
  return `${device} ${inode}`;
}
