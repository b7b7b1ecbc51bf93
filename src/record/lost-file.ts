/** Re-creates a database file that was removed, or whose folder was. */
import { renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { makePrivate } from "./open-database.ts";

/**
 * Writes the database again. Throws if that is impossible. The caller must close `database` before it opens the new
 * file, because closing deletes the log and index by name.
 */
export function writeAgain(database: DatabaseSync, path: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  // Create the file first: SQLite would create it with the umask, but also writes to an empty file.
  makePrivate(fresh);
  database.prepare("VACUUM INTO ?").run(fresh);
  // Delete these files of the removed database. If the daemon is killed later, the next start must not use them with
  // the new one.
  for (const companion of ["-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
  renameSync(fresh, path);
}
