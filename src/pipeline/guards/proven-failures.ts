/**
 * Holds back failures that must have a record in btmp, until they have it: any local account may write such lines, and
 * a network is banned for the failures of many addresses. Those without a record after `WAIT_MS` never count for their
 * network. Only used while btmp is known to be written. Holds at most `MAX_WAITING` failures, the newest.
 */
import type { CountedFailure } from "../../domain/ban-book.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Jail } from "../../jails/jail.ts";
import type { LoginRecords } from "../login-records.ts";

export type AddressFailure = CountedFailure & { readonly ip: Ip };

interface Waiting {
  readonly failure: AddressFailure;
  /** Monotonic time. */
  readonly dueAt: number;
}

const WAIT_MS = 10_000;
const MAX_WAITING = 1024;
/** How often the records are read for it. */
const READ_EVERY_MS = 100;

export class ProvenFailures {
  readonly #clock: Clock;
  readonly #logins: LoginRecords;
  readonly #waiting = new Map<Jail, readonly Waiting[]>();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, logins }: { readonly clock: Clock; readonly logins: LoginRecords }) {
    this.#clock = clock;
    this.#logins = logins;
  }

  /** Returns the failures that count now: this one unless it waits, and earlier ones that have waited. */
  take(jail: Jail, failure: AddressFailure): readonly AddressFailure[] {
    const before = this.#waiting.get(jail) ?? [];
    const needsRecord = this.#logins.comparison.needsRecord(jail.name, failure);
    if (!needsRecord && before.length === 0) return [failure];
    const now = this.#clock.monotonic();
    const isRead = (before.length > 0 || this.#hasNoRecord(failure)) && this.#read(now);
    const isWaiting = needsRecord && this.#isMissing(jail, failure);
    const settled = isRead
      ? before.filter((one) => one.dueAt <= now || !this.#isMissing(jail, one.failure))
      : [];
    const open = before.filter((one) => !settled.includes(one));
    const added = isWaiting ? [{ failure, dueAt: now + WAIT_MS }] : [];
    this.#waiting.set(jail, [...open, ...added].slice(-MAX_WAITING));
    const believed = this.#believed(jail, settled);
    return isWaiting ? believed : [...believed, failure];
  }

  use(jails: readonly Jail[]): void {
    for (const jail of this.#waiting.keys()) if (!jails.includes(jail)) this.#waiting.delete(jail);
  }

  /** Returns those that have a record, or all if records are not written. */
  #believed(jail: Jail, settled: readonly Waiting[]): readonly AddressFailure[] {
    const failures = settled.map(({ failure }) => failure);
    const recorded = failures.filter((failure) => !this.#isMissing(jail, failure));
    if (recorded.length === failures.length) return recorded;
    // Checked last, because `trouble` examines every process.
    return this.#logins.trouble(jail.filter.programs) === undefined ? recorded : failures;
  }

  /** Returns whether the records were read; they are read only now and then. */
  #read(now: number): boolean {
    if (now - this.#readAt < READ_EVERY_MS) return false;
    this.#readAt = now;
    this.#logins.read(this.#clock.now());
    return true;
  }

  #hasNoRecord({ ip, at }: AddressFailure): boolean {
    return this.#logins.comparison.findRecord(ip, at) === "missing";
  }

  #isMissing({ name, filter }: Jail, failure: AddressFailure): boolean {
    const now = this.#clock.now();
    return this.#hasNoRecord(failure) && this.#logins.isReliable(name, filter.programs, now);
  }
}
