/**
 * Brings a database to this program's schema: numbered steps, forward only, each in the transaction that also updates
 * `user_version`. A file written by a newer program is refused and not changed.
 */
import type { DatabaseSync } from "node:sqlite";
import { CodedError } from "../domain/errors.ts";
import { integerIn } from "./tables/columns.ts";
import { SQL as BOOK } from "./migrate/0001-book.ts";
import { SQL as LOGINS } from "./migrate/0002-logins.ts";
import { SQL as SESSIONS } from "./migrate/0003-sessions.ts";
import { SQL as CONFIRMATIONS } from "./migrate/0004-confirmations.ts";
import { SQL as PARDONS } from "./migrate/0005-pardons.ts";
import { SQL as PROXIES } from "./migrate/0006-proxies.ts";
import { SQL as ENFORCERS } from "./migrate/0007-enforcers.ts";
import { SQL as ADDRESSES } from "./migrate/0008-addresses.ts";
import { SQL as EXTRA_WEIGHT } from "./migrate/0009-extra-weight.ts";
import { SQL as STATS } from "./migrate/0010-stats.ts";
import { SQL as BANS_BY_BEGIN } from "./migrate/0011-bans-by-begin.ts";
import { SQL as EXTRA_REASON } from "./migrate/0012-extra-reason.ts";

/** Position n contains the step to version n + 1. */
const MIGRATIONS: readonly string[] = [
  ...[BOOK, LOGINS, SESSIONS, CONFIRMATIONS, PARDONS, PROXIES],
  ...[ENFORCERS, ADDRESSES, EXTRA_WEIGHT, STATS, BANS_BY_BEGIN, EXTRA_REASON],
];

/** Identifies the file format, for file(1) and if the path is wrong: "BAIL". */
const APPLICATION_ID = 0x4241494c;

/**
 * Refuses a database of another program or a newer release. Call it before anything is written, including the journal
 * mode.
 */
export function refuseOtherDatabase(database: DatabaseSync, path: string): void {
  const version = pragma(database, "user_version");
  const owner = pragma(database, "application_id");
  const empty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (owner !== APPLICATION_ID && !(owner === 0 && empty)) {
    throw new CodedError("record-foreign", `${path} is a database of another program`, {
      hint: "set another state directory: [daemon] state",
    });
  }
  if (version > MIGRATIONS.length) {
    throw new CodedError(
      "record-newer",
      `${path} has schema ${version}, this program knows ${MIGRATIONS.length}`,
      {
        hint: "it was written by a newer release: run that one, or set another state directory: [daemon] state",
      },
    );
  }
}

export function migrate(database: DatabaseSync): void {
  const version = pragma(database, "user_version");
  for (const [step, sql] of MIGRATIONS.entries()) {
    if (step < version) continue;
    database.exec(
      `BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${step + 1};
       PRAGMA application_id = ${APPLICATION_ID}; COMMIT`,
    );
  }
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id"): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? 0 : integerIn(row, name);
}
