/** Writes the database file, as its only writer, and keeps working while the file cannot be written. */
import type { DatabaseSync } from "node:sqlite";
import type { BookStatus, DegradedBook } from "../domain/ban-book.ts";
import type { Duration } from "../domain/duration.ts";
import { type Backoff, createBackoff } from "../host/backoff.ts";
import { sleep } from "../host/timers.ts";
import { inTransaction } from "./in-transaction.ts";
import { HeldWrites } from "./held-writes.ts";
import { boundInMemoryRows, leaveInMemoryMode, saveInMemoryRows } from "./in-memory-mode.ts";
import { removeCompanions } from "./lost-file.ts";
import { placeFailure, setAside } from "./open-database.ts";
import { OpenFile, type OpenFileOptions } from "./open-file.ts";
import type { FileFault } from "./file-watch.ts";
import { createPauseCheckpoint } from "./pause-checkpoint.ts";
import { replaceDatabase } from "./replace-database.ts";
import { rescueRows } from "./rescue-rows.ts";
import { type SqliteFailure, sqliteFailure } from "./sqlite-failure.ts";
import type { Tables } from "./tables/tables.ts";
import type { OnUnreadableRow } from "./unreadable-rows.ts";

export interface StoreOptions extends OpenFileOptions {
  readonly retry: { readonly first: Duration; readonly longest: Duration };
}

/** A read costs less than a check, and most follow another one immediately. */
const CHECKED_FOR_MS = 1;

export class Store {
  readonly #options: StoreOptions;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  readonly #file: OpenFile;
  #lost: Pick<DegradedBook, "kind" | "reason" | "since"> | undefined;
  #held: HeldWrites | undefined;
  #retrying: Promise<void> | undefined;
  readonly #pause = createPauseCheckpoint(() => this.checkpoint());

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#backoff = createBackoff(options.retry);
    this.#file = new OpenFile(options);
  }

  get noteUnreadable(): OnUnreadableRow {
    return this.#file.noteUnreadable;
  }

  get database(): DatabaseSync {
    this.#repairIndex();
    return this.#file.database;
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
    if (this.saving) this.#file.checkpoint();
  }

  /** Writes by `apply`, which may run twice: once for the file and, if that fails, in memory. */
  write<T>(apply: (tables: Tables) => T): T {
    this.#checkBeforeWrite();
    if (this.#held === undefined) {
      const head = this.#file.tables.audit.head();
      this.#pause.noteWrite();
      try {
        return this.#file.write(() => apply(this.#file.tables));
      } catch (error) {
        this.#file.tables.audit.rewind(head);
        const failure = sqliteFailure(error);
        if (failure === undefined) throw error;
        this.#hold(failure);
      }
    }
    return this.#writeHeld(apply);
  }

  /** Writes statistics, unless rows are kept in memory. Returns whether it did; throws the error of SQLite. */
  writeStats(work: (database: DatabaseSync) => void): boolean {
    this.#checkBeforeWrite();
    if (!this.saving) return false;
    this.#file.write(() => work(this.#file.database));
    return true;
  }

  read<T>(look: (tables: Tables) => T): T {
    this.#repairIndex(CHECKED_FOR_MS);
    try {
      return look(this.#file.tables);
    } catch (error) {
      if (!this.#replaceDamaged(error)) throw error;
      return look(this.#file.tables);
    }
  }

  /** Reads like `read`, during the iteration. If it reaches damage, it ends early after the rows before it. */
  *walk<T>(look: (tables: Tables) => Iterable<T>): Iterable<T> {
    this.#repairIndex(CHECKED_FOR_MS);
    const tables = this.#file.tables;
    try {
      yield* look(tables);
    } catch (error) {
      // The database was replaced during the iteration.
      if (tables !== this.#file.tables) return;
      if (!this.#replaceDamaged(error)) throw error;
    }
  }

  /** Returns whether the audit still accepts entries; counts a refused one. */
  takesAudit(): boolean {
    return this.#held?.takesAudit(this.#file.tables.audit.head()) ?? true;
  }

  /** Checks that the files of the database are those that this process wrote, and restores them if not. */
  keepFile(): void {
    this.#repairIndex();
    if (!this.saving) return;
    const fault = this.#file.findFault();
    if (fault === undefined) this.#lost = undefined;
    else if (fault.kind === "truncated") this.#restoreTruncated(fault.reason);
    else {
      this.#noteLost(fault);
      // Another file at the path may be a restored backup, so it is not replaced. Writing fails while the directory is
      // missing or full. That is already reported, and the next check retries.
      if (fault.kind === "removed") this.#restoreRemoved();
    }
  }

  /** Does what must be done before any access to the database, which would end the process without its index. */
  #repairIndex(checkedForMs = 0): void {
    if (!this.#file.repairIndex(checkedForMs) || !this.saving) return;
    // Repairing it released SQLite's locks, and a new connection takes them again. Rows in memory need this one.
    if (this.#file.findFault() === undefined) this.#file.reopen();
    else this.keepFile();
  }

  #checkBeforeWrite(): void {
    this.#repairIndex();
    if (this.#held === undefined && this.#file.isLogChanged()) this.keepFile();
  }

  #noteLost({ kind, reason }: FileFault): void {
    if (this.#lost?.reason === reason) return;
    this.#options.emit({ event: "record-failed", reason, unsaved: 0 });
    const since = this.#options.clock.now();
    this.#lost = { kind: kind === "replaced" ? kind : "disk", reason, since };
  }

  #restoreRemoved(): void {
    const { path, emit } = this.#options;
    if (!this.#file.writeAgain(() => removeCompanions(path))) return;
    this.#lost = undefined;
    emit({ event: "record-recovered", saved: 0 });
  }

  /** Sets the rest of the file aside. If pages of it are lost, continues with the rows that can still be read. */
  #restoreTruncated(reason: string): void {
    const { path, emit, clock } = this.#options;
    // Read first: after a failed copy, SQLite must read the lost schema again.
    const rescued = rescueRows(this.#file.database, clock.now());
    let aside = path;
    const isComplete = this.#file.writeAgain(() => {
      aside = setAside(path, clock.now());
    });
    if (!isComplete) return this.#hold({ kind: "damaged", reason }, rescued);
    rescued.close();
    emit({ event: "record-replaced", path: aside, reason });
  }

  status(): BookStatus {
    if (this.#held !== undefined) return this.#held.status;
    if (this.#lost === undefined) return { state: "ok" };
    return { state: "degraded", ...this.#lost, unsaved: 0, dropped: 0 };
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    // Closing copies the log into the database file.
    this.keepFile();
    this.#stop.abort();
    this.#pause.reset();
    await this.#retrying;
    if (this.#held !== undefined && !this.#save(this.#held)) this.#report(this.#held);
    this.#file.close();
  }

  #writeHeld<T>(apply: (tables: Tables) => T): T {
    const held = this.#held;
    if (held === undefined) throw new Error("nothing is held");
    const result = inTransaction(this.#file.database, "BEGIN", () => apply(this.#file.tables));
    if (held.addWrite()) {
      const dropped = boundInMemoryRows(this.#file.database);
      held.addDropped(dropped);
      if (dropped > 0) {
        this.#options.emit({ event: "queue-overflowed", queue: "unsaved record", dropped });
      }
    }
    return result;
  }

  /** Returns whether an error came from a damaged file, which another database has replaced now. */
  #replaceDamaged(error: unknown): boolean {
    const failure = sqliteFailure(error);
    if (failure === undefined || this.#held?.failure.kind === "damaged") return false;
    const { tables } = this.#file;
    // Pages behind the end of a truncated log cannot be read, as on a broken disk.
    this.keepFile();
    if (tables !== this.#file.tables) return true;
    if (failure.kind !== "damaged") return false;
    if (this.#held === undefined) this.#hold(failure);
    return true;
  }

  #hold(failure: SqliteFailure, rescued?: DatabaseSync): void {
    const head = this.#file.tables.audit.head();
    this.#file.continueInMemory(failure.kind, rescued);
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
    const head = this.#file.tables.audit.head();
    try {
      this.#checkHeldFile(held);
      if (held.failure.kind === "damaged") this.#replace(held);
      else {
        this.#file.write(() => {
          saveInMemoryRows(this.#file.database, "main");
          leaveInMemoryMode(this.#file.database);
          this.#auditLoss(held);
        });
      }
    } catch (error) {
      this.#file.tables.audit.rewind(head);
      const failure = sqliteFailure(error) ?? placeFailure(error);
      if (failure === undefined) throw error;
      // A damaged file stays so, whatever prevents the new one.
      const { kind } = held.failure.kind === "damaged" ? held.failure : failure;
      held.failure = { kind, reason: failure.reason };
      return false;
    }
    this.#held = undefined;
    this.#options.emit({ event: "record-recovered", saved: held.unsaved });
    return true;
  }

  /** A log that was emptied to free disk space must not be written to behind its new end. */
  #checkHeldFile(held: HeldWrites): void {
    this.#repairIndex();
    const fault = held.failure.kind === "damaged" ? undefined : this.#file.findFault();
    if (fault?.kind === "truncated") held.failure = { kind: "damaged", reason: fault.reason };
  }

  #replace(held: HeldWrites): void {
    const { path, clock, emit } = this.#options;
    const anchor = held.headBefore;
    const aside = replaceDatabase(this.#file.database, { path, now: clock.now(), anchor });
    this.#file.reopen();
    this.#lost = undefined;
    emit({ event: "record-replaced", path: aside, reason: held.failure.reason });
    const detail = `${held.failure.reason}; earlier entries are in ${aside}`;
    this.#file.write(() => {
      this.#file.tables.audit.append(
        { action: "record-replaced", who: "daemon", detail },
        clock.now(),
      );
      this.#auditLoss(held);
    });
  }

  #auditLoss(held: HeldWrites): void {
    const detail = held.describeLoss();
    if (detail === undefined) return;
    const entry = { action: "record-dropped", who: "daemon", detail } as const;
    this.#file.tables.audit.append(entry, this.#options.clock.now());
  }
}
