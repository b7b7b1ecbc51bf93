/** Writes the open database to a new file, after its own was removed or truncated. */
import { renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { findDamage, makePrivate } from "./open-database.ts";

/**
 * Writes the database again. Throws if that is impossible. `clear` removes the old files once the copy is complete. The
 * caller must close `database` before it opens the new file, because closing deletes the log and index by name.
 */
export function writeAgain(database: DatabaseSync, path: string, clear: () => void): void {
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  // Create the file first: SQLite would create it with the umask, but also writes to an empty file.
  makePrivate(fresh);
  database.prepare("VACUUM INTO ?").run(fresh);
  // Of an emptied file it may make an empty copy.
  const damage = findDamage(fresh);
  if (damage !== undefined) throw new Error(damage);
  clear();
  renameSync(fresh, path);
}

/** Deletes the log and index of a removed database: after a kill, the next start must not use them with another. */
export function removeCompanions(path: string): void {
  for (const companion of ["-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
}
