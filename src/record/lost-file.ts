/** A database file that was removed while it is open: which file has a name, and all of what is open written to it again. */
import { renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { makePrivate } from "./open-database.ts";

/**
 * Throws when there is no way to. `database` is to be closed before the file is opened: what it closes by name, its log
 * and index, must not be the new one's.
 */
export function writeAgain(database: DatabaseSync, path: string): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  // SQLite would make it with the umask; it writes to an empty file as well.
  makePrivate(fresh);
  database.prepare("VACUUM INTO ?").run(fresh);
  // Those of the file that is gone; killed from here on, the next start must not take them for the new one's.
  for (const companion of ["-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
  renameSync(fresh, path);
}
