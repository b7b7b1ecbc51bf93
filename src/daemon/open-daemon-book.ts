/**
 * Opens and locks the ban book of this daemon. Without a usable database the book is kept in memory: protection that
 * ends with a restart is better than none. A database of another user, of a newer version, or in use by another daemon
 * is not changed, and the start fails.
 */
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { CodedError } from "../domain/errors.ts";
import { acquireFileLock, type FileLock } from "../host/file-lock.ts";
import { openBook } from "../record/open-book.ts";
import type { Emit } from "../telemetry/events.ts";

export interface OpenedBook {
  readonly book: BanBook;
  /** Why there is no database; undefined: there is one. */
  readonly missing: string | undefined;
  /** Held while the daemon runs. */
  readonly lock: FileLock | undefined;
}

export interface BookOptions {
  readonly clock: Clock;
  readonly emit: Emit;
}

export async function openDaemonBook(
  { daemon }: Config,
  options: BookOptions,
): Promise<OpenedBook> {
  const retention = { audit: daemon.audit_keep, history: daemon.audit_keep };
  try {
    const book = openBook({ path: join(daemon.state, "bailiff.db"), retention, ...options });
    return { book, missing: undefined, lock: await lockState(daemon.state, book) };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== "record-unavailable") throw error;
    options.emit({ event: "record-failed", reason: error.message, unsaved: 0 });
    const book = openBook({ path: ":memory:", retention, ...options });
    return { book, missing: error.message, lock: undefined };
  }
}

/** Locks the state directory: two daemons on one database would undo each other's work. */
async function lockState(state: string, book: BanBook): Promise<FileLock | undefined> {
  const lock = await acquireFileLock(join(state, "daemon.lock"));
  if (lock.ok) return lock.value;
  if (lock.error === "unsupported") return undefined;
  await book[Symbol.asyncDispose]();
  throw new CodedError("already-running", `another daemon works with ${state}`, {
    hint: "end it with bailiff stop, or set another folder: [daemon] state",
  });
}
