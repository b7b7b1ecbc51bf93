/** Keeps alarms about accounts that were probably guessed, until they are acknowledged or 30 days old. */
import { type Subject, subjectContains, subjectsOverlap } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";

const KEPT_MS = 30 * 86_400_000;
const MAX_ALARMS = 50;

export interface CompromiseAlarm {
  readonly jail: JailName;
  readonly ip: Ip;
  readonly account: string;
  /** Time of the last such login. */
  readonly at: Instant;
  /** Why the login is suspicious, for display. */
  readonly because: string;
  /** The campaign whose member logged in, or whose members tried the account; missing: others guessed it. */
  readonly campaign?: string | undefined;
}

export class CompromiseAlarms {
  /** Oldest first. */
  #alarms: readonly CompromiseAlarm[];

  /** `alarms`: those of an earlier process, oldest first. */
  constructor(alarms: readonly CompromiseAlarm[] = []) {
    this.#alarms = alarms.slice(-MAX_ALARMS);
  }

  /**
   * Adds an alarm, in place of an earlier one about the same account and address. Returns whether there was none.
   * Beyond 50 alarms, one is dropped: the oldest of the account with most of them, so that an intruder who logs in from
   * many addresses does not remove the alarm about another account.
   */
  raise(alarm: CompromiseAlarm): boolean {
    const others = this.open(alarm.at).filter((one) => !isSame(one, alarm));
    const isNew = others.length === this.open(alarm.at).length;
    this.#alarms = withinBound([...others, alarm]);
    return isNew;
  }

  /** Returns the alarms that are open at `now`, oldest first. */
  open(now: number): readonly CompromiseAlarm[] {
    return this.#alarms.filter(({ at }) => now - at <= KEPT_MS);
  }

  /** Returns whether an alarm is open about a login with the account from this address or network. */
  isSuspect(subject: Subject, account: string, now: number): boolean {
    return this.open(now).some(
      (one) => one.account === account && subjectsOverlap(one.ip, subject),
    );
  }

  /** Removes the alarms about logins from this address or network, or all; returns them, oldest first. */
  acknowledge(subject: Subject | undefined, now: number): readonly CompromiseAlarm[] {
    const done = this.open(now).filter(
      ({ ip }) => subject === undefined || subjectContains(subject, ip),
    );
    this.#alarms = this.open(now).filter((one) => !done.includes(one));
    return done;
  }
}

function withinBound(alarms: readonly CompromiseAlarm[]): readonly CompromiseAlarm[] {
  if (alarms.length <= MAX_ALARMS) return alarms;
  const accounts = Map.groupBy(alarms, ({ jail, account }) => `${jail} ${account}`);
  const most = Math.max(...[...accounts.values()].map(({ length }) => length));
  const dropped = [...accounts.values()].find(({ length }) => length === most)?.[0];
  return alarms.filter((one) => one !== dropped);
}

function isSame(a: CompromiseAlarm, b: CompromiseAlarm): boolean {
  return a.jail === b.jail && a.ip === b.ip && a.account === b.account;
}
