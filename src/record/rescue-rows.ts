/** Copies what can still be read of a damaged database to one in memory. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { Instant } from "../domain/instant.ts";
import { COPIED, RESCUED } from "./in-memory-mode.ts";
import { openDatabase } from "./open-database.ts";
import { inTransaction } from "./in-transaction.ts";
import { NUMBERINGS } from "./tables/numbering.ts";

type SqlRow = readonly SQLOutputValue[];

/** Maximum number of failures, past bans and evidence each, because the daemon waits while they are copied. */
const MAX_RESCUED = 10_000;

/** Returns a database with the readable rows of the current state, and the newest others. `damaged` stays open. */
export function rescueRows(damaged: DatabaseSync, now: Instant): DatabaseSync {
  const rescued = openDatabase(":memory:", now).database;
  inTransaction(rescued, "BEGIN", () => {
    for (const table of COPIED) insertRows(rescued, table, readableRows(damaged, table));
    for (const { table, newest } of RESCUED) {
      const some = `${table} ORDER BY ${newest} LIMIT ${MAX_RESCUED}`;
      insertRows(rescued, table, readableRows(damaged, some));
    }
    // Without it a number would be used twice. Another one than a number begins above all.
    for (const name of NUMBERINGS)
      rescued.prepare("INSERT OR IGNORE INTO facts VALUES (?, 'lost')").run(name);
  });
  return rescued;
}

/** Returns the readable rows of a table, which SQL for their order may follow: those before the first damaged page. */
function readableRows(database: DatabaseSync, table: string): readonly SqlRow[] {
  const rows: SqlRow[] = [];
  try {
    const all = database.prepare(`SELECT * FROM main.${table}`);
    all.setReadBigInts(true);
    for (const row of all.iterate()) rows.push(Object.values(row));
  } catch {
    // The damage begins here, so no more rows can be read.
  }
  return rows;
}

function insertRows(database: DatabaseSync, table: string, rows: readonly SqlRow[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const insertion = database.prepare(
    `INSERT OR REPLACE INTO ${table} VALUES (${first.map(() => "?").join(", ")})`,
  );
  for (const row of rows) insertion.run(...row);
}
