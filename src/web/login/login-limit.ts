/**
 * Limits guesses of passwords by name: five failures are free, then each next attempt must wait twice as long, up to a
 * minute. By name and not by address, because on 127.0.0.1 all clients have the same one. A name that no account has is
 * limited like any other, so that the answers do not tell which accounts exist. One-time links are not limited: they
 * cannot be guessed, and still admit an administrator whose account someone else keeps busy.
 */
const FREE_FAILURES = 5;
const MAX_WAIT_MS = 60_000;
const FORGET_MS = 15 * 60_000;
/** Maximum number of names with failures; beyond it all further names share one limit. */
const MAX_NAMES = 1000;
/** Not a valid name, so it belongs to no account. */
const FURTHER_NAMES = "";

interface Failures {
  count: number;
  last: number;
}

export class LoginLimit {
  /** By name, oldest failure first. */
  readonly #failures = new Map<string, Failures>();

  /** Returns how many milliseconds the account must wait; 0: it may try now. */
  waitOf(name: string, now: number): number {
    this.#forget(now);
    const failures = this.#failures.get(this.#keyOf(name));
    if (failures === undefined || failures.count < FREE_FAILURES) return 0;
    const { count, last } = failures;
    const wait = Math.min(1000 * 2 ** (count - FREE_FAILURES), MAX_WAIT_MS);
    return Math.max(0, last + wait - now);
  }

  onFailure(name: string, now: number): void {
    this.#forget(now);
    const key = this.#keyOf(name);
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { count, last: now });
  }

  onSuccess(name: string): void {
    this.#failures.delete(this.#keyOf(name));
  }

  #forget(now: number): void {
    for (const [name, { last }] of this.#failures) {
      if (now - last <= FORGET_MS) return;
      this.#failures.delete(name);
    }
  }

  #keyOf(name: string): string {
    return this.#failures.has(name) || this.#failures.size < MAX_NAMES ? name : FURTHER_NAMES;
  }
}
