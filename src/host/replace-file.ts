/** Writes a file atomically. Readers see the old or the new content, also after a power failure. */
import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Creates a missing folder, and keeps the mode of an existing file. Throws errors of the system. */
export function replaceFile(path: string, text: string): void {
  makeFolder(dirname(path));
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : 0o644;
  // Use a name that no program reads as configuration.
  const temporary = join(dirname(path), `.new-${process.pid}`);
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      fchmodSync(file, mode);
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Creates one folder after the other. mkdir's `recursive` loops forever if the kernel reports a missing folder for one
 * that cannot be created.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  // Ignore the umask of the service, because other programs read this file.
  chmodSync(path, 0o755);
}
