/**
 * What was appended to log files since they were looked at last: for logs that no reader follows. Remembers of each
 * file which it was and how long; reads only when asked to, and at most BOUND bytes of the end.
 */
import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { type Instant, instant } from "../../domain/instant.ts";
import { expandPatterns } from "./expand-patterns.ts";
import { clean } from "../take-lines.ts";

const BOUND = 65_536;

export interface Appended {
  readonly path: string;
  readonly changedAt: Instant;
  /** Complete lines, each with its newline; empty when they cannot be read. */
  read(): string;
}

export interface AppendedLines {
  /** Files that grew since the last call with them; one that was not seen before has not. */
  since(patterns: readonly string[]): readonly Appended[];
}

interface Seen {
  readonly inode: number;
  readonly size: number;
}

export function createAppendedLines(): AppendedLines {
  const seen = new Map<string, Seen>();

  function look(path: string): Appended | undefined {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return undefined;
    const before = seen.get(path);
    seen.set(path, { inode: stats.ino, size: stats.size });
    if (before === undefined) return undefined;
    const from = before.inode === stats.ino && before.size <= stats.size ? before.size : 0;
    if (from === stats.size) return undefined;
    const [start, end] = [Math.max(from, stats.size - BOUND), stats.size];
    const isCut = start > from;
    const changedAt = instant(Math.floor(stats.mtimeMs));
    return { path, changedAt, read: () => readFrom(path, start, end, isCut) };
  }

  return {
    since: (patterns) =>
      expandPatterns(patterns).files.flatMap((path) => {
        try {
          return look(path) ?? [];
        } catch {
          // In a folder that is closed to us: then its lines are not known.
          return [];
        }
      }),
  };
}

/** `isCut`: it begins within a line, which then is not believed. */
function readFrom(path: string, from: number, to: number, isCut: boolean): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const buffer = Buffer.alloc(to - from);
      const length = readSync(fd, buffer, 0, buffer.length, from);
      const text = clean(buffer.toString("utf8", 0, length));
      const start = isCut ? text.indexOf("\n") + 1 : 0;
      return text.slice(start, text.lastIndexOf("\n") + 1);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Removed since, or access denied.
    return "";
  }
}
