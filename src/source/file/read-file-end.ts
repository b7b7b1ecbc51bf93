/** Reads the last lines of a file, without following it. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type Instant, instant } from "../../domain/instant.ts";
import { clean } from "../take-lines.ts";

const END_BYTES = 65_536;

export interface FileEnd {
  readonly text: string;
  readonly changedAt: Instant;
}

/** Throws the system's error when the file cannot be read. */
export function readFileEnd(file: string): FileEnd {
  // Never blocks, even on a pipe.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error("not a regular file");
    const { size, mtimeMs } = stats;
    const buffer = Buffer.alloc(Math.min(size, END_BYTES));
    const length = readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const text = clean(buffer.toString("utf8", 0, length));
    // An incomplete first line is dropped: the writer's client may have chosen where it is cut.
    const whole = size > buffer.length ? text.slice(text.indexOf("\n") + 1) : text;
    return { text: whole, changedAt: instant(Math.floor(mtimeMs)) };
  } finally {
    closeSync(fd);
  }
}
