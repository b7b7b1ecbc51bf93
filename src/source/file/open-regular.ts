/** Opens only regular files: other users who may write to the folder of a log can put a pipe or a link to a device there. */
import { closeSync, constants, fstatSync, openSync } from "node:fs";

/**
 * Opens a file for reading, and returns its descriptor. Throws the system's error, or one that says that it is no regular
 * file: a pipe or a device may have taken the place of the log that was there. Never blocks on it.
 */
export function openRegular(path: string): number {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new Error("not a regular file: set a log file");
}
