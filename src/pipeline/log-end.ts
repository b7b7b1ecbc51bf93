/** Finds when an old log was written to its end: then a timestamp without a year is of the year before it. */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { type Instant, instant } from "../domain/instant.ts";
import type { Filter } from "../parse/filter/compile-filter.ts";
import { isCompressed, MAGIC_BYTES } from "../host/decompress.ts";
import { lastStampWithoutYear } from "../parse/header/last-stamp.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";

const TAIL_BYTES = 65_536;
/** Lines may be out of order by this much at the end. */
const SLACK_MS = 3_600_000;
/** A file that changed before this, or never, is from a system without a clock. */
const FIRST_CHANGE = Date.UTC(2000, 0);

/** Returns the offset that puts a timestamp earliest: it may be in a zone that a filter states, or in local time. */
export function earliestOffset(
  localOffset: LocalOffset,
  filters: readonly Pick<Filter, "times">[],
): LocalOffset {
  const zones = [localOffset, ...filters.flatMap(({ times }) => times?.zone ?? [])];
  return (at) => Math.max(...zones.map((zone) => zone(at)));
}

/**
 * Returns a time at or shortly after the last line of a log, and not after `now`; `now` if it cannot be known. A plain
 * log is judged by its last line, an archive by when the log in it last changed. Throws the system's error when the file
 * cannot be read.
 */
export function findLogEnd(path: string, now: Instant, localOffset: LocalOffset): Instant {
  // Opening a pipe would wait for its writer.
  if (path === "-" || !statSync(path).isFile()) return now;
  const fd = openSync(path, "r");
  try {
    const stats = fstatSync(fd);
    const head = Buffer.alloc(MAGIC_BYTES);
    readSync(fd, head, 0, MAGIC_BYTES, 0);
    const changed = stats.mtimeMs >= FIRST_CHANGE ? Math.min(stats.mtimeMs, now) : now;
    // RFC 1952: the magic number, and the time of the last change in seconds; 0: unknown.
    const archived = head.readUInt16BE(0) === 0x1f8b ? head.readUInt32LE(4) * 1000 : 0;
    const end = isCompressed(head)
      ? archived >= FIRST_CHANGE
        ? archived
        : changed
      : lastStampWithoutYear(readTail(fd, stats.size), instant(changed), localOffset);
    return end === undefined ? now : instant(Math.min(end + SLACK_MS, now));
  } finally {
    closeSync(fd);
  }
}

/** Reads the last lines of a file, as text that ends with "\n". */
function readTail(fd: number, size: number): string {
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const length = readSync(fd, tail, 0, tail.length, size - tail.length);
  const text = tail.toString("latin1", 0, length);
  return text.endsWith("\n") ? text : `${text}\n`;
}
