/** Keeps alarms about accounts that were probably guessed, until they are acknowledged or 30 days old. */
import { type Subject, subjectContains, subjectsOverlap } from "../../domain/cidr.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { ForgottenCount, type ForgottenState } from "./forgotten-count.ts";
import { plainName } from "./resembling-names.ts";

const KEPT_MS = 30 * 86_400_000;
const MAX_ALARMS = 250;

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
  /**
   * Whether the account may be the intruder's own: anybody can register one, and it had not logged in on several days.
   */
  readonly isNewAccount?: boolean | undefined;
}

export class CompromiseAlarms {
  /** Oldest first. */
  #alarms: readonly CompromiseAlarm[];
  #dropped: ForgottenCount;

  /** `alarms`: those of an earlier process, oldest first; `dropped`: how many it dropped. */
  constructor(alarms: readonly CompromiseAlarm[] = [], dropped: ForgottenState = []) {
    this.#alarms = alarms.slice(-MAX_ALARMS);
    this.#dropped = new ForgottenCount(dropped);
  }

  /**
   * Adds an alarm, in place of an earlier one about the same account and address. Returns whether there was none.
   * Beyond 250 alarms, the one that is worth least is dropped and counted.
   */
  raise(alarm: CompromiseAlarm): boolean {
    const open = this.open(alarm.at);
    const others = open.filter((one) => !isSame(one, alarm));
    const all = [...others, alarm];
    const dropped = all.length > MAX_ALARMS ? findLeast(all) : undefined;
    if (dropped !== undefined) this.#dropped.add(dropped.at, 1);
    this.#alarms = all.filter((one) => one !== dropped);
    return others.length === open.length;
  }

  /** Returns how many alarms of the last 30 days were dropped, unless all that were kept are acknowledged. */
  dropped(now: number): number {
    return this.open(now).length === 0 ? 0 : this.#dropped.since(now);
  }

  droppedState(): ForgottenState {
    return this.#dropped.state();
  }

  /** Returns whether an alarm is open about a login from this address to the jail with another account. */
  hasOther({ jail, ip, account, at }: CompromiseAlarm): boolean {
    const open = this.open(at);
    return open.some((one) => one.jail === jail && one.ip === ip && one.account !== account);
  }

  /** Returns the alarms that are open at `now`, oldest first. */
  open(now: number): readonly CompromiseAlarm[] {
    return this.#alarms.filter(({ at }) => now - at <= KEPT_MS);
  }

  /** Returns whether an alarm is open about a login with the account from this address or network. */
  isSuspect(subject: Subject, account: string, now: number): boolean {
    return this.open(now).some(
      (one) => isSameName(one.account, account) && subjectsOverlap(one.ip, subject),
    );
  }

  /** Removes the alarms about logins from this address or network, or all; returns them, oldest first. */
  acknowledge(subject: Subject | undefined, now: number): readonly CompromiseAlarm[] {
    const done = this.open(now).filter(
      ({ ip }) => subject === undefined || subjectContains(subject, ip),
    );
    this.#alarms = this.open(now).filter((one) => !done.includes(one));
    if (this.#alarms.length === 0) this.#dropped = new ForgottenCount();
    return done;
  }
}

/**
 * Returns the alarm that is worth least, so that an intruder with many accounts, spellings or addresses does not remove
 * the alarm about another account: about accounts that may be the intruder's, then of the jail with most alarms, then of
 * the account or address with most, then the oldest.
 */
function findLeast(alarms: readonly CompromiseAlarm[]): CompromiseAlarm | undefined {
  const countOf = (keyOf: (one: CompromiseAlarm) => string): ((one: CompromiseAlarm) => number) => {
    const groups = Map.groupBy(alarms, keyOf);
    return (one) => groups.get(keyOf(one))?.length ?? 0;
  };
  const ofJail = countOf(({ jail }) => jail);
  const ofAccount = countOf(({ jail, account }) => `${jail} ${plainName(account)}`);
  const ofAddress = countOf(({ ip }) => ip);
  const most = 2 * MAX_ALARMS;
  const worthOf = (one: CompromiseAlarm): number =>
    (one.isNewAccount === true ? 0 : most * most) -
    ofJail(one) * most -
    Math.max(ofAccount(one), ofAddress(one));
  const least = Math.min(...alarms.map(worthOf));
  return alarms.find((one) => worthOf(one) === least);
}

function isSame(a: CompromiseAlarm, b: CompromiseAlarm): boolean {
  return a.jail === b.jail && a.ip === b.ip && isSameName(a.account, b.account);
}

/** Many services accept a name in another case. */
function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
