/**
 * Opens the file of the book: folder 0700, file 0600, WAL, and the current schema.
 * A damaged file is renamed with a date, and a new one started, because the daemon must start.
 * With synchronous=NORMAL a killed daemon loses nothing. After a power cut the newest transactions may be missing as a
 * whole, cursors with their decisions, so their lines are read again.
 */
import { reasonOf } from "../host/explain-system-error.ts";
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CodedError } from "../domain/errors.ts";
import { formatInstant, type Instant } from "../domain/instant.ts";
import { textIn } from "./tables/columns.ts";
import { migrate, refuseOtherDatabase } from "./migrate.ts";
import { overwritesInPlace } from "./overwrites-in-place.ts";
import { firstRow } from "./tables/read-rows.ts";
import { refuseUnsafeState } from "./refuse-unsafe-state.ts";
import { type SqliteFailure, sqliteFailure } from "./sqlite-failure.ts";
import { makeFolder } from "../host/make-folder.ts";

/** Maximum number of damaged files: half of them the first, half the latest. */
const MAX_SET_ASIDE = 8;
/** Ends of the names of a database's files. */
const COMPANIONS = ["", "-wal", "-shm"] as const;

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** The renamed file, if it was damaged. */
  readonly replaced: { readonly path: string; readonly reason: string } | undefined;
}

/** Opens the database. `path` is a file or ":memory:". Throws a `CodedError` if none can be opened there. */
export function openDatabase(path: string, now: Instant): OpenedDatabase {
  if (path === ":memory:") return { database: openWhole(path), replaced: undefined };
  refuseUnsafeState(path);
  // SQLite would take it for a new database, and delete the write-ahead log, which may have the newest bans.
  if (statSync(path, { throwIfNoEntry: false })?.size === 0) {
    return openInstead(path, now, "the file was emptied");
  }
  makePrivate(path);
  try {
    return { database: openFile(path), replaced: undefined };
  } catch (error) {
    const failure = sqliteFailure(error);
    if (failure?.kind !== "damaged") throw error;
    return openInstead(path, now, failure.reason);
  }
}

function openInstead(path: string, now: Instant, reason: string): OpenedDatabase {
  const aside = setAside(path, now);
  makePrivate(path);
  return { database: openFile(path), replaced: { path: aside, reason } };
}

/** Reads everything that the daemon acts on in another connection, which reads the file itself. */
export function findDamage(path: string): string | undefined {
  try {
    using other = new DatabaseSync(path, { readOnly: true, timeout: 100 });
    checkState(other);
    return undefined;
  } catch (error) {
    const failure = sqliteFailure(error);
    if (failure === undefined) throw error;
    return failure.kind === "damaged" ? failure.reason : undefined;
  }
}

const SHARED = "PRAGMA locking_mode = NORMAL";
/** Keeps the index of the log in this process's memory. No other program can read the database while it is open. */
const ALONE = "PRAGMA locking_mode = EXCLUSIVE";

/**
 * Opens the database alone where the shared index could end the process (ADR 0031), or the disk has no room for it; and
 * shared where another program reads it already.
 */
function openFile(path: string): DatabaseSync {
  const [first, second] = overwritesInPlace(dirname(path)) ? [SHARED, ALONE] : [ALONE, SHARED];
  try {
    return openWhole(path, first);
  } catch (error) {
    const failure = sqliteFailure(error);
    if (failure?.kind !== "disk") throw error;
    try {
      return openWhole(path, second);
    } catch (again) {
      throw cannotOpen(path, failure.reason, again);
    }
  }
}

/** Renames the file and its companions with a date, and returns the new path. Keeps at most eight in all. Throws a `CodedError` if it cannot. */
export function setAside(path: string, now: Instant): string {
  const stem = `${path}.damaged-${formatInstant(now).replaceAll(":", "")}`;
  let aside = stem;
  for (let n = 2; existsSync(aside); n++) aside = `${stem}.${n}`;
  try {
    for (const end of COMPANIONS) {
      if (existsSync(path + end)) renameSync(path + end, aside + end);
    }
    removeSurplus(path);
  } catch (error) {
    throw cannotOpen(path, reasonOf(error), error);
  }
  return aside;
}

/** Bounds what is set aside, because a program that truncates the file does so again. The first files have the most. */
function removeSurplus(path: string): void {
  const [folder, stem] = [dirname(path), `${basename(path)}.damaged-`];
  const names = readdirSync(folder).filter((name) => name.startsWith(stem));
  const files = names.filter((name) => !/-(?:wal|shm)$/.test(name)).sort();
  for (const name of files.slice(MAX_SET_ASIDE / 2, -MAX_SET_ASIDE / 2))
    for (const end of COMPANIONS) rmSync(join(folder, name + end), { force: true });
}

/** Creates a missing file and its folders. */
export function makePrivate(path: string): void {
  try {
    makeFolder(dirname(path), 0o700);
    // Create it before SQLite does, which would use the umask. Its companion files inherit the mode.
    closeSync(openSync(path, "a", 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    throw cannotOpen(path, reasonOf(error), error);
  }
}

/** Returns why no file can be written at a path now, which may change; undefined for other errors. */
export function placeFailure(error: unknown): SqliteFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof CodedError) {
    const isPlace = ["record-unavailable", "state-unsafe"].includes(error.code);
    return isPlace ? { kind: "disk", reason: error.message } : undefined;
  }
  return "syscall" in error ? { kind: "disk", reason: reasonOf(error) } : undefined;
}

function cannotOpen(path: string, reason: string, cause: unknown): CodedError {
  return new CodedError("record-unavailable", `cannot open the database ${path}: ${reason}`, {
    hint: "the state directory must exist on a writable disk and belong to the daemon's user",
    cause,
  });
}

function openWhole(path: string, first = SHARED): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 100, enableForeignKeyConstraints: false });
  try {
    database.exec(first);
    refuseOtherDatabase(database, path);
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -2048; PRAGMA journal_size_limit = 8388608;
      PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF`);
    migrate(database);
    checkState(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reads everything that the daemon acts on. Damage elsewhere is handled when it is found. */
function checkState(database: DatabaseSync): void {
  for (const table of ["bans", "cursors", "allow_list", "facts", "logins", "sessions"]) {
    for (const row of database.prepare(`PRAGMA quick_check(${table})`).all()) {
      const verdict = textIn(row, "quick_check");
      if (verdict !== "ok") throw new DamagedError(`table ${table}: ${verdict}`);
    }
  }
  // Read the newest rows of these tables, because a truncated file lacks its end.
  for (const table of ["failures", "history", "audit"]) {
    firstRow(database.prepare(`SELECT * FROM ${table} ORDER BY id DESC LIMIT 1`));
  }
}

/** Has the error code that SQLite itself would throw for the damaged page. */
class DamagedError extends Error {
  readonly errcode: number = 11;
}
