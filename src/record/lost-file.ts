// Missing, or in a missing folder.
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
  // SQLite would create it with the umask; it also writes to an empty file.
  makePrivate(fresh);
  database.prepare("VACUUM INTO ?").run(fresh);
  // Files of the removed database: if the daemon is killed later, the next start must not mistake them for the new
  // one's.
  for (const companion of ["-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
  renameSync(fresh, path);
}
