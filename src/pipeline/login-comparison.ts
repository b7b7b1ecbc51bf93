/**
 * Compares the logins that each jail read in its log with those that programs recorded in btmp and wtmp. Fed by the main
 * path and by the reader of those files; answers from memory. Keeps the newest `MAX_KEPT` records for each jail.
 */
import { type Instant, instant } from "../domain/instant.ts";
import { type Subject, subjectsOverlap } from "../domain/cidr.ts";
import type { RecordsLogins } from "../domain/filter-definition.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { ComparedRecord } from "../health/judge/judge-logins.ts";
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

/** A line that the jail recognized. */
export interface LoggedLogin extends RecordedLogin {
  readonly rule: string;
  /** Number of events that the line reports. */
  readonly repeated: number;
  readonly line: string;
}

export type WrittenLine = Pick<LoggedLogin, "rule" | "at" | "line">;

const MAX_KEPT = 2048;
/** Records have whole seconds, so that of a line may seem to be from before the comparison. */
const STAMP_MS = 1000;
/** Maximum number of events that one line may report for the comparison. */
const MAX_REPEATED = 64;
/** How long a line waits for its record: the file is read every half minute. */
const WAITING_MS = 180_000;

interface Seen extends RecordedLogin {
  /** Jails whose service may have written it. */
  readonly of: readonly JailName[];
  /** Jails that read a line of it. */
  readonly by: JailName[];
}

export interface ComparedJail {
  /** Lines that the jail read before are unknown. */
  readonly since: Instant;
  readonly terminals: RecordsLogins;
  /** Rules whose lines must have a record. Empty where the writer of each line is proven otherwise. */
  readonly recordedRules: ReadonlySet<string>;
}

interface Compared extends ComparedJail {
  readonly recorded: RecordedLines;
  readonly pairs: TimePairing<RecordedLogin, Seen>;
}

export class LoginComparison {
  readonly #jails = new Map<JailName, Compared>();
  #seen: Seen[] = [];

  begin(jail: JailName, compared: ComparedJail): void {
    this.#jails.set(jail, {
      ...compared,
      pairs: new TimePairing(),
      recorded: new RecordedLines(),
    });
  }

  end(jail: JailName): void {
    this.#jails.delete(jail);
    if (this.#jails.size === 0) this.#seen = [];
  }

  /** A recognized line. Returns whether its jail is compared. */
  addLine(jail: JailName, { repeated, rule, line, ...login }: LoggedLogin, now: Instant): boolean {
    const compared = this.#jails.get(jail);
    if (compared === undefined) return false;
    if (this.needsRecord(jail, { rule, line, at: login.at })) compared.recorded.add(login, now);
    for (let n = 0; n < Math.min(repeated, MAX_REPEATED); n++)
      compared.pairs.addLine(keyOf(login), login, now)?.by.push(jail);
    return true;
  }

  addRecord({ outcome, ip, at, terminal }: LoginRecord, now: Instant): void {
    // What was recorded before the jail was compared would take the lines of later records.
    const of = [...this.#jails].filter(
      ([, { since, terminals }]) =>
        at >= since && terminals[outcome].some((one) => matches(terminal, one)),
    );
    if (of.length === 0) return;
    const seen: Seen = { outcome, ip, at, of: of.map(([jail]) => jail), by: [] };
    for (const [jail, { pairs }] of of)
      if (pairs.addRecord(keyOf(seen), seen, now) !== undefined) seen.by.push(jail);
    this.#seen.push(seen);
    if (this.#seen.length > MAX_KEPT) this.#seen.splice(0, MAX_KEPT / 4);
  }

  /** Call it after records were added. */
  settle(now: Instant): void {
    for (const { recorded } of this.#jails.values())
      recorded.settle(({ ip, at }) => this.hasRecord(ip, at), now);
  }

  /** Whether a failed login from the subject was recorded about then. */
  hasRecord(subject: Subject, at: Instant): boolean {
    const isNetwork = subject.includes("/");
    return this.#seen.some(
      (seen) =>
        seen.outcome === "failed" &&
        Math.abs(seen.at - at) <= MAX_APART_MS &&
        (seen.ip === subject || (isNetwork && subjectsOverlap(seen.ip, subject))),
    );
  }

  /** Whether the service on this host must have recorded the failure while the jail was compared. */
  needsRecord(jail: JailName, { rule, at, line }: WrittenLine): boolean {
    const compared = this.#jails.get(jail);
    if (compared === undefined || !compared.recordedRules.has(rule)) return false;
    return at >= compared.since + STAMP_MS && !namesOtherHost(line);
  }

  /** undefined: the jail is not compared. */
  recordedLines(jail: JailName): RecordedLines | undefined {
    return this.#jails.get(jail)?.recorded;
  }

  forget(now: Instant): void {
    for (const { pairs } of this.#jails.values()) pairs.forget(instant(now - WAITING_MS));
  }

  /**
   * Oldest first, since the jail is compared. Without records whose line only another jail read, and none at all when
   * others read lines of records and this jail does not: then its service writes elsewhere, as in a container.
   */
  recordsOf(jail: JailName): readonly ComparedRecord[] {
    const compared = this.#jails.get(jail);
    if (compared === undefined) return [];
    const { since, pairs } = compared;
    // A jail of this name may have restarted.
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

/** "pts/*" stands for every terminal whose name begins so. */
function matches(terminal: string, wanted: string): boolean {
  return wanted.endsWith("*") ? terminal.startsWith(wanted.slice(0, -1)) : terminal === wanted;
}

function keyOf({ outcome, ip }: Pick<RecordedLogin, "outcome" | "ip">): string {
  return `${outcome} ${ip}`;
}
