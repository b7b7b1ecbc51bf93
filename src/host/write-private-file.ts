/** Writes a file that only its owner may read, also if a file with wider permissions is at the path. */
import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from "node:fs";

const OWNER_ONLY = 0o600;

/** Throws errors of the system. A device or a pipe, such as /dev/stdout, keeps its permissions. */
export function writePrivateFile(path: string, text: string): void {
  const fd = openSync(path, "w", OWNER_ONLY);
  try {
    // The mode of an existing file is not that of openSync.
    if (fstatSync(fd).isFile()) fchmodSync(fd, OWNER_ONLY);
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
