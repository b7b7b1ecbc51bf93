/**
 * Reads text that was appended to log files since the last call, for logs that no reader follows. Remembers the
 * identity and size of each file. Reads only on demand, and at most the last MAX_BYTES.
 */
import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { type Instant, instant } from "../../domain/instant.ts";
import { expandPatterns } from "./expand-patterns.ts";
import { clean } from "../take-lines.ts";

const MAX_BYTES = 65_536;

export interface Appended {
  readonly path: string;
  readonly changedAt: Instant;
  /** Reads complete lines with their newlines; returns "" if they cannot be read. */
  read(): string;
}

export interface AppendedLines {
  /** Returns files that grew since the last call with these patterns. A file first seen by this call has not grown. */
  since(patterns: readonly string[]): readonly Appended[];
}

interface KnownFile {
  readonly inode: number;
  readonly size: number;
}

export function createAppendedLines(): AppendedLines {
  const seen = new Map<string, KnownFile>();

  function look(path: string): Appended | undefined {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return undefined;
    const before = seen.get(path);
    seen.set(path, { inode: stats.ino, size: stats.size });
    if (before === undefined) return undefined;
    const from = before.inode === stats.ino && before.size <= stats.size ? before.size : 0;
    if (from === stats.size) return undefined;
    const [start, end] = [Math.max(from, stats.size - MAX_BYTES), stats.size];
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
          // The folder denies access: its lines are unknown.
          return [];
        }
      }),
  };
}

/** Reads a part of the file. `isCut`: the first byte is inside a line, which is then dropped. */
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
    // Removed in the meantime, or access denied.
    return "";
  }
}
