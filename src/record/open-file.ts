/** The open database file with its tables, which another file can replace while the daemon runs. */
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../domain/clock.ts";
import type { Emit } from "../telemetry/events.ts";
import { type FileFault, FileWatch } from "./file-watch.ts";
import {
  enterInMemoryMode,
  type InMemorySchema,
  moveRescuedRows,
  readInMemorySchema,
} from "./in-memory-mode.ts";
import { inTransaction } from "./in-transaction.ts";
import { writeAgain } from "./lost-file.ts";
import { findDamage, openDatabase } from "./open-database.ts";
import { rescueRows } from "./rescue-rows.ts";
import { type SqliteFailure, sqliteFailure } from "./sqlite-failure.ts";
import type { AuditHead } from "./tables/audit.ts";
import type { EnforcerViews } from "./tables/enforcer-views.ts";
import { createTables, type Tables } from "./tables/tables.ts";
import { type OnUnreadableRow, reportUnreadableRows } from "./unreadable-rows.ts";

/** Maximum length of the write-ahead log before a checkpoint that cannot wait for a pause. */
const MAX_LOG_BYTES = 32 * 1024 * 1024;

export interface OpenFileOptions {
  readonly path: string;
  readonly views: EnforcerViews;
  readonly clock: Clock;
  readonly emit: Emit;
}

export class OpenFile {
  readonly noteUnreadable: OnUnreadableRow;
  readonly #options: OpenFileOptions;
  #database: DatabaseSync;
  #tables: Tables;
  #files: FileWatch;
  readonly #schema: InMemorySchema;

  constructor(options: OpenFileOptions) {
    const { path, clock, emit } = options;
    this.#options = options;
    this.noteUnreadable = reportUnreadableRows(emit);
    const { database, replaced } = openDatabase(path, clock.now());
    this.#database = database;
    this.#files = new FileWatch(path);
    this.#tables = this.#createTables(database);
    this.#schema = readInMemorySchema(database);
    if (replaced !== undefined) emit({ event: "record-replaced", ...replaced });
  }

  get database(): DatabaseSync {
    return this.#database;
  }

  get tables(): Tables {
    return this.#tables;
  }

  /** Continues with the new file at the path. Closes first, because closing deletes the log and index by name. */
  reopen(): void {
    const { path, clock } = this.#options;
    this.#database.close();
    this.#use(openDatabase(path, clock.now()).database);
  }

  /**
   * Begins to keep rows in memory, beside those of the file. A damaged file is used no more, only what can still be read
   * of it, which may be `rescued` already.
   */
  continueInMemory(failure: SqliteFailure["kind"], rescued?: DatabaseSync): void {
    if (failure === "damaged")
      this.#replace(rescued ?? rescueRows(this.#database, this.#options.clock.now()));
    enterInMemoryMode(this.#database, this.#schema);
    if (failure === "damaged") moveRescuedRows(this.#database);
  }

  /** Continues with another database, and with the end of this audit. */
  #replace(database: DatabaseSync): void {
    const head = this.#tables.audit.head();
    this.#database.close();
    this.#use(database, head);
  }

  #use(database: DatabaseSync, auditHead?: AuditHead): void {
    this.#database = database;
    this.#files = new FileWatch(this.#options.path);
    this.#tables = this.#createTables(database, auditHead);
  }

  #createTables(database: DatabaseSync, auditHead?: AuditHead): Tables {
    const { views } = this.#options;
    return createTables(database, { views, auditHead, onUnreadable: this.noteUnreadable });
  }

  /** Returns what another program did to the files, undefined if nothing that matters. */
  findFault(): FileFault | undefined {
    const fault = this.#files.findFault();
    if (fault?.kind !== "touched") return fault;
    const damage = findDamage(this.#options.path);
    if (damage !== undefined) return { kind: "truncated", reason: `${fault.reason}: ${damage}` };
    this.#files.acceptMain();
    this.#files.acceptLog();
    return undefined;
  }

  /** Returns whether a write would hide that another program changed the log. */
  isLogChanged(): boolean {
    return this.#files.isLogChanged();
  }

  /** Returns whether another program cut the index, which is reported, and can be used again (FileWatch.repairIndex). */
  repairIndex(checkedForMs: number): boolean {
    if (!this.#files.repairIndex(checkedForMs)) return false;
    const reason = "the index of the database was cut by another program";
    this.#options.emit({ event: "record-failed", reason, unsaved: 0 });
    this.#options.emit({ event: "record-recovered", saved: 0 });
    return true;
  }

  /** Checkpoints the write-ahead log, but not into a file that another program changed. */
  checkpoint(): void {
    if (this.#files.findFault() !== undefined) return;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
      this.#files.acceptMain();
    } catch (error) {
      // Nothing is lost: the next write fails for the same reason and handles it.
      if (sqliteFailure(error) === undefined) throw error;
    }
  }

  /** Writes to the file in a transaction. Without a pause between writes, it also makes the checkpoint. */
  write<T>(work: () => T): T {
    try {
      return inTransaction(this.#database, "BEGIN IMMEDIATE", work);
    } finally {
      if (this.#files.acceptLog() > MAX_LOG_BYTES) this.checkpoint();
    }
  }

  /** Writes all to a new file. Returns whether that was possible. `clear` removes the old files once it is complete. */
  writeAgain(clear: () => void): boolean {
    try {
      writeAgain(this.#database, this.#options.path, clear);
    } catch {
      return false;
    }
    this.reopen();
    return true;
  }

  close(): void {
    this.#database.close();
  }
}
