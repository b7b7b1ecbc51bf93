/** Finds lines that a reader has not delivered. A line without an end waits for its writer, which may have no space. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { OpenLogFile, SourceStatus } from "../domain/line-source.ts";
import { statAsProcess } from "../host/logs/stat-as-process.ts";

/** Number of bytes after the reader's position that are searched for the end of a line. */
const LOOK_BYTES = 65_536;

/** Reports whether an open file has more than was read, so that a missing line may only be late. */
export function hasUnreadLines(source: SourceStatus | undefined): boolean {
  return source?.openFiles?.some((file) => file.offset < file.size && !isIncomplete(file)) === true;
}

/** Reports whether only an incomplete line follows; false if another file is at the path. */
function isIncomplete({ path, inode, device, offset }: OpenLogFile): boolean {
  const there = statAsProcess("self", path);
  const isSame = there !== undefined && there.inode === inode && there.device === device;
  return isSame && !hasNewline(path, offset);
}

/** Reports whether a complete line follows; the reader leaves an incomplete one unread. */
export function hasNewline(path: string, from: number): boolean {
  const buffer = Buffer.alloc(LOOK_BYTES);
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).includes(10);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The file was removed or is unreadable; the reader reports that.
    return false;
  }
}
