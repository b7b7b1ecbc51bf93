/** Writes the state in memory to a new file, in place of one that was found damaged. */
import { renameSync, rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../domain/instant.ts";
import type { AuditHead } from "./tables/audit.ts";
import { openDatabase, setAside } from "./open-database.ts";
import { inTransaction } from "./in-transaction.ts";
import { saveInMemoryRows } from "./in-memory-mode.ts";

/** Returns the new path of the damaged file. Throws if no file can be written; nothing has changed then. */
export function replaceDatabase(
  inMemory: DatabaseSync,
  options: { readonly path: string; readonly now: Instant; readonly anchor: AuditHead },
): string {
  const { path, now, anchor } = options;
  const fresh = `${path}.new`;
  for (const end of ["", "-wal", "-shm"]) rmSync(fresh + end, { force: true });
  openDatabase(fresh, now).database.close();
  inMemory.prepare("ATTACH ? AS fresh").run(fresh);
  try {
    // Not IMMEDIATE, which would also begin to write to the main database, which may be the damaged one.
    inTransaction(inMemory, "BEGIN", () => {
      saveInMemoryRows(inMemory, "fresh");
      inMemory
        .prepare("INSERT OR REPLACE INTO fresh.facts VALUES ('audit-anchor', ?)")
        .run(`${anchor.id} ${anchor.hash}`);
    });
  } finally {
    // Also copies the write-ahead log of the new file into it, and removes it.
    inMemory.exec("DETACH fresh");
  }
  const aside = setAside(path, now);
  renameSync(fresh, path);
  return aside;
}
