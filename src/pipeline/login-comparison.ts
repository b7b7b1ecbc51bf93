/**
 * Compares the logins that each jail read in its log with those that programs recorded in btmp and wtmp. Gets lines
 * from the main path and records from the reader of those files; answers from memory. Keeps the newest `MAX_KEPT`
 * records; see recorded-failures.ts for how long an address is known to have one.
 */
import { type Instant, instant } from "../domain/instant.ts";
import type { Subject } from "../domain/cidr.ts";
import type { RecordsLogins } from "../domain/filter-definition.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { ComparedRecord } from "../health/judge/judge-logins.ts";
import { RecordedFailures, type RecordPresence } from "../health/judge/recorded-failures.ts";
import { RecordedLines } from "../health/judge/recorded-lines.ts";
import { namesOtherHost } from "./names-other-host.ts";
import { MAX_APART_MS, TimePairing } from "../health/judge/time-pairing.ts";

export type LoginOutcome = "failed" | "succeeded";

export interface RecordedLogin {
  readonly outcome: LoginOutcome;
  readonly ip: Ip;
  readonly at: Instant;
}

/** One record of btmp or wtmp. */
export interface LoginRecord extends RecordedLogin {
  readonly terminal: string;
}

/** A login in a line that the jail recognized. */
export interface LoggedLogin extends RecordedLogin {
  readonly rule: string;
  /** Number of events that the line reports. */
  readonly repeated: number;
  readonly line: string;
}

export type WrittenLine = Pick<LoggedLogin, "rule" | "at" | "line">;

const MAX_KEPT = 2048;
/** Records have whole seconds, so one may seem to be up to this many milliseconds older than the comparison. */
const STAMP_MS = 1000;
/** Maximum number of events that one line may report for the comparison. */
const MAX_REPEATED = 64;
/** How long a line waits for its record, in milliseconds. The file is read every half minute. */
const WAITING_MS = 180_000;

interface Seen extends RecordedLogin {
  at: Instant;
  /** Jails whose service may have written the record. */
  readonly of: readonly JailName[];
  /** Jails that read a line about the same login. */
  readonly by: JailName[];
}

export interface ComparedJail {
  /** When the comparison began. Lines that the jail read earlier are unknown. */
  readonly since: Instant;
  readonly terminals: RecordsLogins;
  /** Rules whose lines must have a record. Empty if the writer of each line is proven in another way. */
  readonly recordedRules: ReadonlySet<string>;
}

interface Compared extends ComparedJail {
  since: Instant;
  readonly recorded: RecordedLines;
  readonly pairs: TimePairing<RecordedLogin, Seen>;
}

export class LoginComparison {
  readonly #jails = new Map<JailName, Compared>();
  #seen: Seen[] = [];
  #failures = new RecordedFailures();

  begin(jail: JailName, compared: ComparedJail): void {
    this.#jails.set(jail, {
      ...compared,
      pairs: new TimePairing(),
      recorded: new RecordedLines(),
    });
  }

  end(jail: JailName): void {
    this.#jails.delete(jail);
    if (this.#jails.size > 0) return;
    this.#seen = [];
    this.#failures = new RecordedFailures();
  }

  /**
   * The wall clock was stepped by this many milliseconds. Lines that wait keep their times, because the records of the
   * same logins have them, too.
   */
  shift(step: number): void {
    for (const seen of this.#seen) seen.at = instant(seen.at + step);
    this.#failures.shift(step);
    for (const compared of this.#jails.values()) {
      compared.since = instant(compared.since + step);
      compared.recorded.shift(step);
    }
  }

  /** Adds a recognized line. Returns whether its jail is compared. */
  addLine(jail: JailName, { repeated, rule, line, ...login }: LoggedLogin, now: Instant): boolean {
    const compared = this.#jails.get(jail);
    if (compared === undefined) return false;
    if (this.needsRecord(jail, { rule, line, at: login.at })) compared.recorded.add(login, now);
    for (let n = 0; n < Math.min(repeated, MAX_REPEATED); n++)
      compared.pairs.addLine(keyOf(login), login, now)?.by.push(jail);
    return true;
  }

  addRecord({ outcome, ip, at, terminal }: LoginRecord, now: Instant): void {
    // A record from before the clock was set back.
    if (at > now + MAX_APART_MS) return;
    // Records from before the comparison would be paired with lines of later records.
    const of = [...this.#jails].filter(
      ([, { since, terminals }]) =>
        at >= since && terminals[outcome].some((one) => matches(terminal, one)),
    );
    if (of.length === 0) return;
    if (outcome === "failed") this.#failures.add(ip, at);
    const seen: Seen = { outcome, ip, at, of: of.map(([jail]) => jail), by: [] };
    for (const [jail, { pairs }] of of)
      if (pairs.addRecord(keyOf(seen), seen, now) !== undefined) seen.by.push(jail);
    this.#seen.push(seen);
    if (this.#seen.length > MAX_KEPT) this.#seen.splice(0, MAX_KEPT / 4);
  }

  /** Some records of failed logins between these times were not read. */
  addGap(from: Instant, to: Instant): void {
    this.#failures.addGap(from, to);
  }

  /** Pairs lines with records. Call it after records were added. */
  settle(now: Instant): void {
    for (const { recorded } of this.#jails.values())
      recorded.settle(({ ip, at }) => this.findRecord(ip, at), now);
  }

  /** Returns whether a failed login from the subject was recorded at about that time. */
  findRecord(subject: Subject, at: Instant): RecordPresence {
    return this.#failures.find(subject, at);
  }

  /** Returns whether the service on this host must have recorded the failure while the jail was compared. */
  needsRecord(jail: JailName, { rule, at, line }: WrittenLine): boolean {
    const compared = this.#jails.get(jail);
    if (compared === undefined || !compared.recordedRules.has(rule)) return false;
    return at >= compared.since + STAMP_MS && !namesOtherHost(line);
  }

  /** Returns whether lines of any rule of the jail must have a record. */
  needsRecords(jail: JailName): boolean {
    return (this.#jails.get(jail)?.recordedRules.size ?? 0) > 0;
  }

  /** Returns undefined if the jail is not compared. */
  recordedLines(jail: JailName): RecordedLines | undefined {
    return this.#jails.get(jail)?.recorded;
  }

  forget(now: Instant): void {
    for (const { pairs } of this.#jails.values()) pairs.forget(instant(now - WAITING_MS));
  }

  /**
   * Returns records since the comparison began, oldest first. Omits records whose line only another jail read, and all
   * records if other jails read lines of them and this one does not: then its service records logins elsewhere, as in a
   * container.
   */
  recordsOf(jail: JailName): readonly ComparedRecord[] {
    const compared = this.#jails.get(jail);
    if (compared === undefined) return [];
    const { since, pairs } = compared;
    // A jail of this name may have restarted since.
    const records = this.#seen.filter(({ of, at }) => at >= since && of.includes(jail));
    const own = records.filter(({ by }) => by.length === 0 || by.includes(jail));
    if (own.length < records.length && !own.some(({ by }) => by.length > 0)) return [];
    return own.map(({ by, outcome, ip, at }) => {
      const isLogged = by.length > 0;
      const lineAt = isLogged ? undefined : pairs.waitingLine(keyOf({ outcome, ip }))?.at;
      return { outcome, ip, at, isLogged, lineAt };
    });
  }
}

/** Returns whether a terminal matches; "pts/*" matches every name with that beginning. */
function matches(terminal: string, wanted: string): boolean {
  return wanted.endsWith("*") ? terminal.startsWith(wanted.slice(0, -1)) : terminal === wanted;
}

function keyOf({ outcome, ip }: Pick<RecordedLogin, "outcome" | "ip">): string {
  return `${outcome} ${ip}`;
}
