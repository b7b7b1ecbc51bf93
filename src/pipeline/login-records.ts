/**
 * Reads the records of logins in btmp and wtmp, and compares them with the lines of the jails. Reads only on request,
 * in bounded portions, and saves where it stopped.
 */
import { statfsSync } from "node:fs";
import type { Instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { LoginLog, type LoginLogState } from "../host/logins/login-log.ts";
import { LOGIN_LOGS, LOGIN_TYPES, type LoginLogs } from "../host/logins/login-logs.ts";
import { listeningFor } from "../host/services/listening-for.ts";
import { recordsElsewhere } from "../host/logins/records-elsewhere.ts";
import type { StateStore } from "../record/state-store.ts";
import { type LoggedLogin, LoginComparison, type LoginOutcome } from "./login-comparison.ts";

/**
 * Permissions of a btmp to which sshd does not write, because others may read or execute it (record_failed_login in its
 * loginrec.c); for wtmp, permissions with which others may write.
 */
const FORBIDDEN_MODES = { failed: 0o017, succeeded: 0o002 } as const;
/** Half of the lines that wait (TimePairing), and fewer than the records of one read (LoginLog). */
const LINES_PER_READ = 512;
const ELSEWHERE = "a container runs the service too, and records its logins elsewhere";
const AGE_KEPT_MS = 5000;
const OUTCOMES = ["failed", "succeeded"] as const;

interface Followed {
  readonly log: LoginLog;
  savedCursor: string | undefined;
  state: LoginLogState | undefined;
  readAt: Instant | undefined;
}

export interface SkippedRecords {
  readonly count: number;
  readonly at: Instant;
}

export class LoginRecords {
  readonly comparison: LoginComparison = new LoginComparison();
  readonly #stateStore: StateStore;
  readonly #paths: LoginLogs;
  readonly #logs: Readonly<Record<LoginOutcome, Followed>>;
  readonly #listeningFor: typeof listeningFor;
  /** Age of the listening process by programs, and when it was looked up. */
  readonly #ages = new Map<string, { readonly age: number | undefined; readonly at: Instant }>();
  #linesSinceRead = 0;
  #skipped: SkippedRecords | undefined;

  /** `findAge`: for tests. */
  constructor(
    stateStore: StateStore,
    paths: LoginLogs = LOGIN_LOGS,
    findAge: typeof listeningFor = listeningFor,
  ) {
    this.#listeningFor = findAge;
    this.#stateStore = stateStore;
    this.#paths = paths;
    const follow = (outcome: LoginOutcome): Followed => {
      const forbiddenMode = FORBIDDEN_MODES[outcome];
      const cursor = stateStore.load(stateName(outcome));
      const { owner, [outcome]: path } = paths;
      const log = new LoginLog({ path, forbiddenMode, cursor, owner });
      return { log, savedCursor: cursor, state: undefined, readAt: undefined };
    };
    this.#logs = { failed: follow("failed"), succeeded: follow("succeeded") };
  }

  /**
   * Adds a recognized line. Cheap: records are read at every `LINES_PER_READ`th line, before lines that wait are
   * forgotten.
   */
  addLine(jail: JailName, login: LoggedLogin, now: Instant): void {
    if (!this.comparison.addLine(jail, login, now)) return;
    this.#linesSinceRead++;
    if (this.#linesSinceRead >= LINES_PER_READ) this.read(now);
  }

  /** Compares records that were written since the last call. */
  read(now: Instant): void {
    this.#linesSinceRead = 0;
    for (const outcome of OUTCOMES) this.#readOne(outcome, now);
    this.comparison.settle(now);
    this.comparison.forget(now);
  }

  #readOne(outcome: LoginOutcome, now: Instant): void {
    const followed = this.#logs[outcome];
    const { state, records, skipped, isIncomplete } = followed.log.read();
    const { readAt } = followed;
    // No record is written to a file that is missing or unsafe.
    const isWritten = state === "readable" && followed.state === "readable";
    followed.state = state;
    followed.readAt = now;
    this.#save(outcome, followed);
    // The first read is about records from before any comparison.
    if (outcome === "failed" && (isIncomplete || !isWritten) && readAt !== undefined) {
      this.comparison.addGap(readAt, now);
      if (skipped > 0) this.#skipped = { count: skipped, at: now };
    }
    if (state !== "readable") return;
    for (const { type, ip, at, terminal } of records)
      if (ip !== undefined && LOGIN_TYPES[outcome] === type)
        this.comparison.addRecord({ outcome, ip, at, terminal }, now);
  }

  #save(outcome: LoginOutcome, followed: Followed): void {
    const { cursor } = followed.log;
    if (cursor === undefined || cursor === followed.savedCursor) return;
    followed.savedCursor = cursor;
    this.#stateStore.save(stateName(outcome), cursor);
  }

  /** The most recent read of btmp that skipped records, because too many were written; undefined: none. */
  get skipped(): SkippedRecords | undefined {
    return this.#skipped;
  }

  /**
   * Returns whether a missing record of these programs says anything. If lines come without records for long, only a
   * restart of the service may be the reason, or local accounts could end the comparison with forged lines.
   */
  isReliable(jail: JailName, programs: readonly string[], now: Instant): boolean {
    const lines = this.comparison.recordedLines(jail);
    if (lines?.wasRecorded !== true) return false;
    if (lines.isReliable(now)) return true;
    const age = this.#ageOf(programs, now);
    return age !== undefined && lines.wasRecordedAfter(now - age);
  }

  /** Looks up the age of the process at most every few seconds, because that examines every process. */
  #ageOf(programs: readonly string[], now: Instant): number | undefined {
    const key = programs.join(" ");
    const known = this.#ages.get(key);
    if (known !== undefined && Math.abs(now - known.at) < AGE_KEPT_MS)
      return known.age && known.age + now - known.at;
    const age = this.#listeningFor(programs);
    this.#ages.set(key, { age, at: now });
    return age;
  }

  /** Returns why some failed logins of these programs may not be recorded; undefined: no reason is known. */
  trouble(programs: readonly string[]): string | undefined {
    return this.#fileTrouble() ?? (recordsElsewhere(programs) ? ELSEWHERE : undefined);
  }

  #fileTrouble(): string | undefined {
    const path = this.#paths.failed;
    switch (this.#logs.failed.state) {
      case undefined:
        return `${path} was not read yet`;
      case "missing":
        return `${path} is missing`;
      case "denied":
        return `no permission to read ${path}`;
      case "unsafe":
        return `sshd does not write to ${path}: its owner or its permissions are wrong`;
      case "readable":
        return isFull(path) ? `the disk of ${path} is full` : undefined;
    }
  }
}

function isFull(path: string): boolean {
  try {
    const { bfree, blocks } = statfsSync(path);
    return bfree === 0 && blocks > 0;
  } catch {
    // The file was removed in the meantime.
    return true;
  }
}

function stateName(outcome: LoginOutcome): string {
  return `logins ${outcome}`;
}
