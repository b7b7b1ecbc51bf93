/** Runs work in a transaction, which is rolled back if the work throws. */
import type { DatabaseSync } from "node:sqlite";

export type Begin = "BEGIN" | "BEGIN IMMEDIATE";

export function inTransaction<T>(database: DatabaseSync, begin: Begin, work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // On a full disk SQLite has already rolled back.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
