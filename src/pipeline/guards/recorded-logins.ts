/**
 * Postpones offenses whose lines have no record in btmp, if the service records each failed login: any local account
 * may write such lines. After `WAIT_MS` the offense is refused if the records are still missing; the failures that have
 * one still count, or such lines would protect an attacker. Only used while btmp is known to be written. Holds at most `MAX_WAITING` offenses and remembers `MAX_REFUSED`.
 */
import type { Suspicion } from "../../detect/judgment/detector.ts";
import type { Ban } from "../../domain/ban.ts";
import type { CountedFailure } from "../../domain/ban-book.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import type { Alarm, AlarmClock } from "../../domain/clock.ts";
import type { GuardedDecision } from "../../domain/decision.ts";
import type { Instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LoginRecords } from "../login-records.ts";
import { type Conclude, thresholdsOf, type WaitingOffense } from "./waiting-offenses.ts";

export interface RecordedLoginsOptions {
  readonly clock: AlarmClock;
  readonly logins: LoginRecords;
}

export interface QuestionedOffense {
  readonly ban: Ban;
  /** Time of the newest failure. */
  readonly at: Instant;
  /** Lists the failures in the window of the jail, or those that a detector counted. */
  readonly listFailures: () => readonly CountedFailure[];
  /** Set if a detector found it. */
  readonly found?: Suspicion | undefined;
}

export interface RefusedOffense {
  readonly jail: JailName;
  readonly subject: Subject;
  readonly at: Instant;
  readonly reason: string;
}

/** How long to wait for records, which the service writes at the same time as the line. */
const WAIT_MS = 5000;
const MAX_WAITING = 1000;
const MAX_REFUSED = 1000;

interface Waiting {
  readonly offense: WaitingOffense;
  readonly conclude: Conclude;
  /** Monotonic time. */
  readonly dueAt: number;
}

export class RecordedLogins {
  readonly #options: RecordedLoginsOptions;
  readonly #waiting = new Map<string, Waiting>();
  #refused: RefusedOffense[] = [];
  readonly #alarm: Alarm;
  #isConcluding = false;
  /** The running jails; undefined: not known yet. */
  #running: ReadonlyMap<JailName, Jail> | undefined;

  constructor(options: RecordedLoginsOptions) {
    this.#options = options;
    this.#alarm = options.clock.alarm(() => this.#conclude());
  }

  /** Returns undefined if the ban may be made. */
  review(
    jail: Jail,
    { ban, at, listFailures, found }: QuestionedOffense,
    conclude: Conclude,
  ): GuardedDecision | undefined {
    if (!this.#isReliable(jail)) return undefined;
    const failures = listFailures();
    const unrecorded = this.#unrecorded(jail, failures);
    const missing = weightOf(unrecorded);
    const needed = found?.needed ?? jail.config.maxretry;
    if (missing === 0 || ban.failures - missing >= needed) return undefined;
    const { subject, rule } = ban;
    const isFull = this.#waiting.size >= MAX_WAITING;
    if (this.#isConcluding || isFull) {
      const kept = failures.filter((failure) => !unrecorded.includes(failure));
      return this.#refuse(jail, subject, { missing, kept });
    }
    const thresholds = thresholdsOf(jail);
    const offense = { jail, rule, subject, at, failures: ban.failures, found, thresholds };
    const dueAt = this.#options.clock.monotonic() + WAIT_MS;
    this.#waiting.set(keyOf(jail.name, subject), { offense, conclude, dueAt });
    if (this.#waiting.size === 1) this.#alarm.set(WAIT_MS);
    return { kind: "wait" };
  }

  /** Returns whether a missing record says anything. Reads new records. */
  #isReliable({ name, filter }: Jail): boolean {
    const { clock, logins } = this.#options;
    if (!logins.comparison.needsRecords(name)) return false;
    const now = clock.now();
    logins.read(now);
    return logins.isReliable(name, filter.programs, now);
  }

  /** Returns the failures that should have a record but have none. */
  #unrecorded(jail: Jail, failures: readonly CountedFailure[]): readonly CountedFailure[] {
    const { logins } = this.#options;
    const { comparison } = logins;
    const missing = failures.filter(
      (failure) =>
        comparison.needsRecord(jail.name, failure) &&
        comparison.findRecord(failure.subject, failure.at) === "missing",
    );
    // Checked last, because `trouble` examines every process.
    const isTrusted = missing.length > 0 && logins.trouble(jail.filter.programs) === undefined;
    return isTrusted ? missing : [];
  }

  #refuse(
    jail: Jail,
    subject: Subject,
    { missing, kept }: { missing: number; kept: readonly CountedFailure[] },
  ): GuardedDecision {
    const reason = `btmp has no record of ${missing} of these failed logins: another process may have written the lines`;
    this.#refused.push({ jail: jail.name, subject, at: this.#options.clock.now(), reason });
    if (this.#refused.length > MAX_REFUSED) this.#refused.splice(0, MAX_REFUSED / 4);
    return { kind: "ignore", reason: "unrecorded", entry: reason, kept };
  }

  /** Returns whether an offense of the subject waits, and adds the failures to it. */
  countMore(jail: JailName, subject: Subject, counts: number, at: Instant): boolean {
    const key = keyOf(jail, subject);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return false;
    const failures = waiting.offense.failures + counts;
    this.#waiting.set(key, { ...waiting, offense: { ...waiting.offense, failures, at } });
    return true;
  }

  /** Returns refused offenses, newest last. */
  refused(subject: Subject): readonly RefusedOffense[] {
    return this.#refused.filter((one) => subjectsOverlap(one.subject, subject));
  }

  #conclude(): void {
    const now = this.#options.clock.monotonic();
    this.#isConcluding = true;
    try {
      for (const [key, { offense, conclude, dueAt }] of this.#waiting) {
        if (dueAt > now) continue;
        this.#waiting.delete(key);
        // Readers of before a reload may have found it during the reload.
        const { jail: old } = offense;
        const jail = this.#running === undefined ? old : this.#running.get(old.name);
        if (jail !== undefined) conclude([{ ...offense, jail }]);
      }
    } finally {
      this.#isConcluding = false;
    }
    const [next] = this.#waiting.values();
    if (next !== undefined) this.#alarm.set(Math.max(1, next.dueAt - now));
  }

  use(jails: readonly Jail[]): void {
    this.#running = new Map(jails.map((jail) => [jail.name, jail]));
    for (const [key, { offense }] of this.#waiting)
      if (!this.#running.has(offense.jail.name)) this.#waiting.delete(key);
  }

  close(): void {
    this.#alarm.clear();
  }
}

function weightOf(failures: readonly CountedFailure[]): number {
  return failures.reduce((sum, { weight }) => sum + weight, 0);
}

function keyOf(jail: JailName, subject: Subject): string {
  return `${jail} ${subject}`;
}
