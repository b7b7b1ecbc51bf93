/** Reads the newest records of btmp and of its rotated file, to explain the failures of an address. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { LOGIN_LOGS, LOGIN_TYPES } from "./login-logs.ts";
import { parseUtmpRecords, type UtmpRecord, utmpRecordSize } from "./utmp.ts";

/** Maximum bytes read of each of the two files: about 2,700 records. */
const MAX_BYTES = 1 << 20;

/** Returns records, oldest first; empty when nothing can be read. */
export function readFailedLogins(path: string = LOGIN_LOGS.failed): readonly UtmpRecord[] {
  return [`${path}.1`, path].flatMap((file) => {
    try {
      return readEnd(file);
    } catch {
      // A missing or unreadable file confirms nothing.
      return [];
    }
  });
}

function readEnd(path: string): readonly UtmpRecord[] {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return [];
    const recordSize = utmpRecordSize(process.arch);
    const records = Math.floor(stats.size / recordSize);
    const read = Math.min(records, Math.floor(MAX_BYTES / recordSize));
    const bytes = Buffer.alloc(read * recordSize);
    const length = readSync(descriptor, bytes, 0, bytes.length, (records - read) * recordSize);
    return parseUtmpRecords(bytes.subarray(0, length), process.arch).filter(
      ({ type }) => type === LOGIN_TYPES.failed,
    );
  } finally {
    closeSync(descriptor);
  }
}
