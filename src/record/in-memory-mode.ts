/** Keeps the book in memory while its file cannot be written. */
import type { DatabaseSync } from "node:sqlite";
import { integerIn, textIn } from "./tables/columns.ts";

/** Tables with few rows, all current. They are copied, so that memory alone holds the state. */
export const COPIED: readonly string[] = [
  ...["bans", "allow_list", "cursors", "facts", "logins", "sessions", "pardons", "enforcers"],
];

/** Tables that only grow. Memory holds only their new rows, and drops the oldest first. */
const GATHERED = ["failures", "evidence", "history", "audit"] as const;

type Bounded = "failures" | "history" | "evidence";

/** Maximum number of rows in memory per table. Evidence is bounded through its bans. */
const BOUNDS: { readonly [table in Bounded]: number } = {
  failures: 10_000,
  evidence: 50_000,
  history: 50_000,
};

/** The newest rows of these tables are rescued from a damaged file, each ordered by a key that begins with that of SQLite. */
export const RESCUED: readonly { readonly table: Bounded; readonly newest: string }[] = [
  { table: "failures", newest: "id DESC" },
  { table: "history", newest: "id DESC" },
  { table: "evidence", newest: "ban_id DESC, failure_id DESC" },
];

/** SQL that creates the empty temporary tables, from the file's own schema. */
export type InMemorySchema = readonly string[];

export function readInMemorySchema(database: DatabaseSync): InMemorySchema {
  const names = [...COPIED, ...GATHERED].map((name) => `'${name}'`).join(", ");
  return database
    .prepare(
      `SELECT sql FROM sqlite_schema WHERE tbl_name IN (${names}) AND sql IS NOT NULL
         ORDER BY type = 'index'`,
    )
    .all()
    .map((row) =>
      textIn(row, "sql")
        .replace(/^CREATE TABLE /, "CREATE TEMP TABLE ")
        .replace(/^CREATE INDEX /, "CREATE INDEX temp."),
    );
}

/** Begins the mode. Throws if the file cannot be read. */
export function enterInMemoryMode(database: DatabaseSync, schema: InMemorySchema): void {
  database.exec("BEGIN");
  try {
    for (const statement of schema) database.exec(statement);
    for (const table of COPIED)
      database.exec(`INSERT INTO temp.${table} SELECT * FROM main.${table}`);
    database.exec(
      "CREATE TEMP TABLE consumed (subject TEXT, jail TEXT, PRIMARY KEY (subject, jail)) WITHOUT ROWID",
    );
    for (const [view, table] of [
      ["every_failure", "failures"],
      ["every_evidence", "evidence"],
      ["every_history", "history"],
      ["every_audit", "audit"],
    ] as const) {
      database.exec(`CREATE TEMP VIEW ${view} AS ${unionOf(table)}`);
    }
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Moves rescued rows to the temporary tables, from which a new file is written. `database` has no file. */
export function moveRescuedRows(database: DatabaseSync): void {
  for (const { table } of RESCUED)
    database.exec(
      `INSERT INTO temp.${table} SELECT * FROM main.${table}; DELETE FROM main.${table}`,
    );
}

function unionOf(table: string): string {
  const kept =
    table === "failures"
      ? `WHERE NOT EXISTS (SELECT 1 FROM temp.consumed AS s WHERE s.subject = f.subject AND s.jail = f.jail)`
      : "";
  return `SELECT * FROM main.${table} AS f ${kept} UNION ALL SELECT * FROM temp.${table}`;
}

/** Records that the file's failures of this window are consumed. They are deleted there when memory is saved. */
export function noteSpent(database: DatabaseSync, subject: string, jail: string): void {
  database.prepare("INSERT OR IGNORE INTO temp.consumed VALUES (?, ?)").run(subject, jail);
}

/**
 * Records that the account's failures of this window are consumed. The others are copied to memory, because all
 * failures of the window are later deleted in the file.
 */
export function noteForgiven(
  database: DatabaseSync,
  window: { readonly subject: string; readonly jail: string; readonly account: string },
): void {
  const { subject, jail, account } = window;
  database
    .prepare(
      `INSERT OR IGNORE INTO temp.failures SELECT * FROM every_failure
         WHERE subject = ? AND jail = ? AND user IS NOT ?`,
    )
    .run(subject, jail, account);
  noteSpent(database, subject, jail);
}

/** Drops the oldest rows over the bounds, and returns their number. Never drops bans or cursors. */
export function boundInMemoryRows(database: DatabaseSync): number {
  let dropped = 0;
  for (const [table, bound] of Object.entries(BOUNDS)) {
    const key = table === "evidence" ? "failure_id" : "id";
    const row = database.prepare(`SELECT count(*) AS n FROM temp.${table}`).get() ?? { n: 0 };
    const over = integerIn(row, "n") - bound;
    if (over <= 0) continue;
    dropped += Number(
      database
        .prepare(
          `DELETE FROM temp.${table} WHERE ${key} IN
             (SELECT ${key} FROM temp.${table} ORDER BY ${key} LIMIT ?)`,
        )
        .run(over + bound / 10).changes,
    );
  }
  return dropped;
}

/** Saves the rows in memory. Runs inside the caller's transaction, which can write to `target`. */
export function saveInMemoryRows(database: DatabaseSync, target: "main" | "fresh"): void {
  database.exec(`
    DELETE FROM ${target}.bans WHERE NOT EXISTS (SELECT 1 FROM temp.bans AS t
      WHERE t.subject = bans.subject AND t.jail = bans.jail);
    INSERT OR REPLACE INTO ${target}.bans SELECT * FROM temp.bans EXCEPT SELECT * FROM ${target}.bans;
    DELETE FROM ${target}.allow_list WHERE subject NOT IN (SELECT subject FROM temp.allow_list);
    INSERT OR REPLACE INTO ${target}.allow_list SELECT * FROM temp.allow_list;
    INSERT OR REPLACE INTO ${target}.cursors SELECT * FROM temp.cursors;
    INSERT OR REPLACE INTO ${target}.facts SELECT * FROM temp.facts;
    DELETE FROM ${target}.logins WHERE NOT EXISTS (SELECT 1 FROM temp.logins AS t
      WHERE t.subject = logins.subject AND t.filter = logins.filter AND t.account = logins.account);
    INSERT OR REPLACE INTO ${target}.logins SELECT * FROM temp.logins EXCEPT SELECT * FROM ${target}.logins;
    DELETE FROM ${target}.sessions WHERE NOT EXISTS (SELECT 1 FROM temp.sessions AS t
      WHERE t.jail = sessions.jail AND t.slot = sessions.slot);
    INSERT OR REPLACE INTO ${target}.sessions SELECT * FROM temp.sessions EXCEPT SELECT * FROM ${target}.sessions;
    DELETE FROM ${target}.pardons WHERE subject NOT IN (SELECT subject FROM temp.pardons);
    INSERT OR REPLACE INTO ${target}.enforcers SELECT * FROM temp.enforcers;
    INSERT OR REPLACE INTO ${target}.pardons SELECT * FROM temp.pardons EXCEPT SELECT * FROM ${target}.pardons;
    DELETE FROM ${target}.failures WHERE (subject, jail) IN (SELECT subject, jail FROM temp.consumed);
    INSERT INTO ${target}.failures SELECT * FROM temp.failures;
    INSERT OR IGNORE INTO ${target}.evidence SELECT * FROM temp.evidence;
    INSERT OR IGNORE INTO ${target}.history SELECT * FROM temp.history;
    INSERT INTO ${target}.audit SELECT * FROM temp.audit;`);
}

export function leaveInMemoryMode(database: DatabaseSync): void {
  for (const view of ["failure", "evidence", "history", "audit"]) {
    database.exec(`DROP VIEW temp.every_${view}`);
  }
  for (const table of [...COPIED, ...GATHERED, "consumed"])
    database.exec(`DROP TABLE temp.${table}`);
}
