/**
 * Limits guesses of passwords by account: five failures are free, then each next attempt must wait twice as long, up to
 * a minute. By account and not by address, because on 127.0.0.1 all clients have the same one. One-time links are not
 * limited: they cannot be guessed, and still admit an administrator whose account someone else keeps busy.
 */
const FREE_FAILURES = 5;
const MAX_WAIT_MS = 60_000;
const FORGET_MS = 15 * 60_000;

interface Failures {
  count: number;
  last: number;
}

export class LoginLimit {
  readonly #failures = new Map<string, Failures>();
  readonly #known: ReadonlySet<string>;

  /** `known`: names of accounts; all other names share one limit, which bounds the memory. */
  constructor(known: Iterable<string>) {
    this.#known = new Set(known);
  }

  /** Returns how many milliseconds the account must wait; 0: it may try now. */
  waitOf(name: string, now: number): number {
    const failures = this.#failures.get(this.#keyOf(name));
    if (failures === undefined || failures.count < FREE_FAILURES) return 0;
    const { count, last } = failures;
    if (now - last > FORGET_MS) return 0;
    const wait = Math.min(1000 * 2 ** (count - FREE_FAILURES), MAX_WAIT_MS);
    return Math.max(0, last + wait - now);
  }

  onFailure(name: string, now: number): void {
    const key = this.#keyOf(name);
    const before = this.#failures.get(key);
    const count = before === undefined || now - before.last > FORGET_MS ? 0 : before.count;
    this.#failures.set(key, { count: count + 1, last: now });
  }

  onSuccess(name: string): void {
    this.#failures.delete(this.#keyOf(name));
  }

  /** A name cannot be empty, so "" is none of an account. */
  #keyOf(name: string): string {
    return this.#known.has(name) ? name : "";
  }
}
