/** Writes the database file, as its only writer, and keeps working while the file cannot be written. */
import type { DatabaseSync } from "node:sqlite";
import type { BookStatus } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import type { Duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { type Backoff, createBackoff } from "../host/backoff.ts";
import { sleep } from "../host/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import type { EnforcerViews } from "./tables/enforcer-views.ts";
import { HeldWrites } from "./held-writes.ts";
import { openDatabase } from "./open-database.ts";
import { FileWatch } from "./file-watch.ts";
import { writeAgain } from "./lost-file.ts";
import { createPauseCheckpoint } from "./pause-checkpoint.ts";
import { replaceDatabase } from "./replace-database.ts";
import {
  boundInMemoryRows,
  leaveInMemoryMode,
  enterInMemoryMode,
  readInMemorySchema,
  type InMemorySchema,
  saveInMemoryRows,
} from "./in-memory-mode.ts";
import { type Begin, inTransaction } from "./in-transaction.ts";
import { type SqliteFailure, sqliteFailure } from "./sqlite-failure.ts";
import { createTables, type Tables } from "./tables/tables.ts";

export interface StoreOptions {
  readonly path: string;
  readonly views: EnforcerViews;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly retry: { readonly first: Duration; readonly longest: Duration };
}

/** Maximum number of reported rows: a completely unreadable file would report thousands. */
const MAX_UNREADABLE = 1000;

export class Store {
  readonly #options: StoreOptions;
  readonly #stop = new AbortController();
  readonly #schema: InMemorySchema;
  readonly #backoff: Backoff;
  #database: DatabaseSync;
  #tables: Tables;
  #files: FileWatch;
  #lost: { readonly reason: string; readonly since: Instant } | undefined;
  #held: HeldWrites | undefined;
  /** Errors of unreadable rows that were already reported. */
  readonly #unreadable = new Set<string>();
  #retrying: Promise<void> | undefined;
  readonly #pause = createPauseCheckpoint(() => this.checkpoint());

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#backoff = createBackoff(options.retry);
    const { database, replaced } = openDatabase(options.path, options.clock.now());
    this.#database = database;
    this.#files = new FileWatch(options.path);
    this.#schema = readInMemorySchema(database);
    this.#tables = this.#createTables(database);
    if (replaced !== undefined) options.emit({ event: "record-replaced", ...replaced });
  }

  #createTables(database: DatabaseSync): Tables {
    const { views } = this.#options;
    const onUnreadable = (table: string, reason: string): void =>
      this.noteUnreadable(table, reason);
    return createTables(database, { views, auditHead: undefined, onUnreadable });
  }

  /** Reports a row that cannot be read. It is read repeatedly, but one report is enough. */
  noteUnreadable(table: string, reason: string): void {
    const key = `${table}: ${reason}`;
    if (this.#unreadable.has(key) || this.#unreadable.size >= MAX_UNREADABLE) return;
    this.#unreadable.add(key);
    this.#options.emit({ event: "record-row-unreadable", table, reason });
  }

  get database(): DatabaseSync {
    return this.#database;
  }

  get holding(): boolean {
    return this.#held !== undefined;
  }

  get saving(): boolean {
    return this.#held === undefined && !this.#stop.signal.aborted;
  }

  /** Checkpoints the write-ahead log now, so that a later write need not. */
  checkpoint(): void {
    this.#pause.reset();
    if (!this.saving) return;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (error) {
      // Nothing is lost: the next write fails for the same reason and handles it.
      if (sqliteFailure(error) === undefined) throw error;
    }
  }

  /** Writes by `apply`, which may run twice: once for the file and, if that fails, in memory. */
  write<T>(apply: (tables: Tables) => T): T {
    if (this.#held === undefined) {
      const head = this.#tables.audit.head();
      this.#pause.noteWrite();
      try {
        return this.#transaction("BEGIN IMMEDIATE", () => apply(this.#tables));
      } catch (error) {
        this.#tables.audit.rewind(head);
        const failure = sqliteFailure(error);
        if (failure === undefined) throw error;
        this.#hold(failure);
      }
    }
    return this.#writeHeld(apply);
  }

  read<T>(look: (tables: Tables) => T): T {
    try {
      return look(this.#tables);
    } catch (error) {
      if (!this.#holdDamaged(error)) throw error;
      return look(this.#tables);
    }
  }

  /** Reads like `read`, during the iteration. If it reaches damage, it ends early after the rows before it. */
  *walk<T>(look: (tables: Tables) => Iterable<T>): Iterable<T> {
    try {
      yield* look(this.#tables);
    } catch (error) {
      if (!this.#holdDamaged(error)) throw error;
    }
  }

  /** Returns whether the audit still accepts entries; counts a refused one. */
  takesAudit(): boolean {
    return this.#held?.takesAudit(this.#tables.audit.head()) ?? true;
  }

  /** Checks that the paths still lead to the open files, and re-creates a removed one. */
  keepFile(): void {
    if (!this.saving) return;
    const fault = this.#files.findFault();
    if (fault !== undefined && this.#lost?.reason !== fault.reason) {
      this.#options.emit({ event: "record-failed", reason: fault.reason, unsaved: 0 });
      this.#lost = { reason: fault.reason, since: this.#options.clock.now() };
    }
    if (fault === undefined) this.#lost = undefined;
    // Another file at the path may be a restored backup, so it is not replaced.
    else if (fault.kind === "removed") this.#writeAgain();
  }

  #writeAgain(): void {
    const { path, clock, emit } = this.#options;
    try {
      writeAgain(this.#database, path);
    } catch {
      // The directory is missing or full. That is already reported, and the next check retries.
      return;
    }
    this.#database.close();
    this.#database = openDatabase(path, clock.now()).database;
    this.#tables = this.#createTables(this.#database);
    this.#files = new FileWatch(path);
    this.#lost = undefined;
    emit({ event: "record-recovered", saved: 0 });
  }

  status(): BookStatus {
    if (this.#held !== undefined) return this.#held.status;
    if (this.#lost === undefined) return { state: "ok" };
    return { state: "degraded", ...this.#lost, unsaved: 0, dropped: 0 };
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    this.#pause.reset();
    await this.#retrying;
    if (this.#held !== undefined && !this.#save(this.#held)) this.#report(this.#held);
    this.#database.close();
  }

  #writeHeld<T>(apply: (tables: Tables) => T): T {
    const held = this.#held;
    if (held === undefined) throw new Error("nothing is held");
    const result = this.#transaction("BEGIN", () => apply(this.#tables));
    if (held.addWrite()) {
      const dropped = boundInMemoryRows(this.#database);
      held.addDropped(dropped);
      if (dropped > 0) {
        this.#options.emit({ event: "queue-overflowed", queue: "unsaved record", dropped });
      }
    }
    return result;
  }

  #holdDamaged(error: unknown): boolean {
    const failure = sqliteFailure(error);
    if (failure?.kind !== "damaged" || this.#held?.failure.kind === "damaged") return false;
    if (this.#held === undefined) this.#hold(failure);
    return true;
  }

  #hold(failure: SqliteFailure): void {
    const file = failure.kind === "damaged" ? "damaged" : "readable";
    enterInMemoryMode(this.#database, this.#schema, file);
    const head = this.#tables.audit.head();
    this.#held = new HeldWrites(failure, head, this.#options.clock.now());
    this.#report(this.#held);
    this.#retrying ??= this.#retry(this.#stop.signal);
  }

  async #retry(signal: AbortSignal): Promise<void> {
    this.#backoff.reset();
    while (this.#held !== undefined) {
      if ((await sleep(this.#backoff.next(), signal, "loose")) === "aborted") break;
      if (!this.#save(this.#held)) this.#report(this.#held);
    }
    this.#retrying = undefined;
  }

  #report({ failure, unsaved }: HeldWrites): void {
    this.#options.emit({ event: "record-failed", reason: failure.reason, unsaved });
  }

  /** Saves the rows in memory to the file; returns whether that succeeded. */
  #save(held: HeldWrites): boolean {
    const head = this.#tables.audit.head();
    try {
      if (held.failure.kind === "damaged") this.#replace(held);
      else {
        this.#transaction("BEGIN IMMEDIATE", () => {
          saveInMemoryRows(this.#database, "main");
          leaveInMemoryMode(this.#database);
          this.#auditLoss(held);
        });
      }
    } catch (error) {
      this.#tables.audit.rewind(head);
      const failure = sqliteFailure(error);
      if (failure === undefined) throw error;
      held.failure = failure;
      return false;
    }
    this.#held = undefined;
    this.#options.emit({ event: "record-recovered", saved: held.unsaved });
    return true;
  }

  #replace(held: HeldWrites): void {
    const { path, clock, emit } = this.#options;
    const replacement = replaceDatabase(this.#database, {
      path,
      now: clock.now(),
      anchor: held.headBefore,
    });
    this.#database = replacement.database;
    this.#files = new FileWatch(path);
    this.#tables = this.#createTables(replacement.database);
    emit({ event: "record-replaced", path: replacement.aside, reason: held.failure.reason });
    this.#transaction("BEGIN IMMEDIATE", () => this.#auditLoss(held));
  }

  #auditLoss(held: HeldWrites): void {
    const detail = held.describeLoss();
    if (detail === undefined) return;
    const entry = { action: "record-dropped", who: "daemon", detail } as const;
    this.#tables.audit.append(entry, this.#options.clock.now());
  }

  #transaction<T>(begin: Begin, work: () => T): T {
    return inTransaction(this.#database, begin, work);
  }
}
