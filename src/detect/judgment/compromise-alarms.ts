/** Keeps alarms about accounts that were probably guessed, until they are acknowledged or a week is over. */
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { JailName } from "../../domain/jail-name.ts";

const KEPT_MS = 7 * 86_400_000;
const MAX_ALARMS = 64;

export interface CompromiseAlarm {
  readonly jail: JailName;
  readonly ip: Ip;
  readonly account: string;
  readonly at: Instant;
  /** Why the login is suspicious, for display. */
  readonly because: string;
  /** The campaign whose member logged in; undefined: the account was guessed by others. */
  readonly campaign: string | undefined;
}

export class CompromiseAlarms {
  #alarms: readonly CompromiseAlarm[] = [];

  /** Returns whether the alarm is new. A further login of the same account from there repeats it. */
  raise(alarm: CompromiseAlarm): boolean {
    const others = this.#alarms.filter((one) => !isSame(one, alarm));
    const isNew = others.length === this.#alarms.length;
    this.#alarms = [...others, alarm].slice(-MAX_ALARMS);
    return isNew;
  }

  /** Returns the alarms that are open at `now`, oldest first. */
  open(now: number): readonly CompromiseAlarm[] {
    return this.#alarms.filter(({ at }) => now - at <= KEPT_MS);
  }

  /** Removes the alarms about these accounts, or about all; returns them. */
  acknowledge(account: string | undefined, now: number): readonly CompromiseAlarm[] {
    const done = this.open(now).filter((one) => account === undefined || one.account === account);
    this.#alarms = this.#alarms.filter((one) => !done.includes(one));
    return done;
  }

  restore(alarms: readonly CompromiseAlarm[]): void {
    this.#alarms = alarms.slice(-MAX_ALARMS);
  }
}

function isSame(a: CompromiseAlarm, b: CompromiseAlarm): boolean {
  return a.jail === b.jail && a.ip === b.ip && a.account === b.account;
}
