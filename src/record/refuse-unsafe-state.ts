/**
 * Refuses unsafe locations of the database, in which another user could have prepared something. These are a folder
 * that others can write to, a symbolic link at the path of one of our files, through which root would write to its
 * target, or a pipe or device there.
 */
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { CodedError } from "../domain/errors.ts";
import { findOtherWriter } from "../host/other-writer.ts";

const COMPANIONS = ["", "-wal", "-shm", "-journal"] as const;
const LOCK = "daemon.lock";

/** Throws a `CodedError` for an unsafe location. `path` is the database. */
export function refuseUnsafeState(path: string): void {
  const folder = dirname(path);
  const files = [...COMPANIONS.map((end) => path + end), join(folder, LOCK)];
  for (const file of files) {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true)
      throw new CodedError("state-unsafe", `${file} is a symbolic link, which is not followed`, {
        hint: `see where it points (ls -l ${file}), and remove it`,
      });
    // Opening a pipe would wait for a writer. With a folder, the daemon protects without a record, and reports it.
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory())
      throw new CodedError("state-unsafe", `${file} is not a regular file`, {
        hint: `see what it is (ls -ld ${file}), and move it away`,
      });
  }
  for (const place of [folder, ...files]) {
    const other = findOtherWriter(place);
    if (other === undefined) continue;
    throw new CodedError("state-unsafe", `${other.path} may be written by ${other.who}`, {
      hint: `users who may write there can decide who is banned: ${other.fix} ${other.path}`,
    });
  }
}
