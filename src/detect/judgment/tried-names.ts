/**
 * Remembers user names: those that log in, those that several sources tried, and the last unknown one of each source.
 * Bounded by the constants below: accounts with logins on the fewest days and names of a single source are dropped
 * first, of equals those used longest ago.
 */
import type { AccountLogins } from "../../domain/login.ts";
import { detachString } from "../../domain/detach-string.ts";
import { type LoginDays, REGULAR_DAYS, rememberLogin } from "./login-days.ts";
import { trimLeast } from "./trim-least.ts";
import { trimOldest } from "./trim-oldest.ts";
import type { NameLikeness } from "./observed-attempt.ts";
import { NameVariants, shareVariant, variantsOf } from "./resembling-names.ts";

const MAX_ACCOUNTS = 20_000;
/** Number of accounts that other names are compared with, and of new ones after which they are chosen again. */
const MAX_COMPARED = 5000;
const CHOSEN_AFTER = MAX_COMPARED / 16;
const NEWEST_COMPARED = MAX_COMPARED / 8;
const MAX_NAMES = 4096;
const MAX_SOURCES_PER_NAME = 11;
const MAX_LAST = 4096;
const NAME_LENGTH = 64;

/** A name, and hashes of the sources that tried it. */
export type SavedName = readonly [name: string, sources: readonly number[]];
const MAX_SAVED = 500;

export class TriedNames {
  readonly #isOpen: boolean;
  /** In the order of their newest logins. */
  readonly #accounts = new Map<string, LoginDays>();
  /** As signed integers, because V8 allocates an object for each number above 2³¹. */
  readonly #variants = new Set<number>();
  /** Number of accounts that are compared, and of new ones that are not. */
  #compared = 0;
  #waiting = 0;
  #triedBy = new Map<string, readonly number[]>();
  readonly #last = new Map<number, string>();
  readonly #variantsOf = new NameVariants();

  /** `isOpen`: anybody can register an account, so that one shows nothing about names that resemble it. */
  constructor({ isOpen }: { readonly isOpen: boolean }) {
    this.#isOpen = isOpen;
  }

  loggedIn(account: string, at: number): void {
    const isNew = !this.#accounts.has(account);
    const key = isNew ? detachString(account) : account;
    rememberLogin(this.#accounts, key, { at, limit: MAX_ACCOUNTS });
    if (!isNew || this.#isOpen) return;
    if (this.#compared < MAX_COMPARED) this.#compare(key);
    else if (++this.#waiting >= CHOSEN_AFTER) this.#chooseCompared();
  }

  /** Adds accounts that have logged in before, in the order of their newest logins. */
  addAccounts(accounts: readonly AccountLogins[]): void {
    for (const { account, lastAt: loginAt, days: loginDays } of accounts.slice(-MAX_ACCOUNTS))
      this.#accounts.set(account, { loginAt, loginDays });
    if (!this.#isOpen) this.#chooseCompared();
  }

  #compare(account: string): void {
    this.#compared++;
    for (const variant of variantsOf(account)) this.#variants.add(variant | 0);
  }

  /** Compares with the newest accounts, and otherwise with those that have logged in on most days. */
  #chooseCompared(): void {
    this.#variants.clear();
    this.#compared = 0;
    this.#waiting = 0;
    const all = [...this.#accounts].toReversed();
    const regular = all
      .slice(NEWEST_COMPARED)
      .toSorted(([, a], [, b]) => b.loginDays - a.loginDays)
      .slice(0, MAX_COMPARED - NEWEST_COMPARED);
    for (const [account] of [...all.slice(0, NEWEST_COMPARED), ...regular]) this.#compare(account);
  }

  /** Returns whether the account has logged in on several days. */
  isRegular(account: string): boolean {
    return (this.#accounts.get(account)?.loginDays ?? 0) >= REGULAR_DAYS;
  }

  /** Compares a name with those that log in here. */
  likeness(name: string): NameLikeness {
    if (this.#accounts.has(name)) return "same";
    if (this.#isOpen) return "other";
    const isSimilar = this.#variantsOf.of(name).some((variant) => this.#variants.has(variant | 0));
    return isSimilar ? "similar" : "other";
  }

  /** Notes that a source tried the name. Returns how many others did, at most 11. */
  tried(name: string, source: number): number {
    const key = name.slice(0, NAME_LENGTH);
    const before = this.#triedBy.get(key) ?? [];
    const isKnown = before.includes(source);
    const isFull = before.length >= MAX_SOURCES_PER_NAME;
    this.#triedBy.delete(key);
    this.#triedBy.set(key, isKnown || isFull ? before : [...before, source]);
    trimLeast(this.#triedBy, MAX_NAMES, ({ length }) => Math.min(2, length));
    return isKnown ? before.length - 1 : before.length;
  }

  /** Notes that the source tried a name that does not exist. Returns whether its last such name was clearly another. */
  isFurtherUnknown(name: string, source: number): boolean {
    const last = this.#last.get(source);
    touch(this.#last, source, name.slice(0, NAME_LENGTH), MAX_LAST);
    return (
      last !== undefined && !shareVariant(this.#variantsOf.of(last), this.#variantsOf.of(name))
    );
  }

  /** Returns whether the last unknown name of the source was this one: its next lines may not say that it is unknown. */
  isLastUnknown(name: string, source: number): boolean {
    return this.#last.get(source) === name.slice(0, NAME_LENGTH);
  }

  restore(names: readonly SavedName[]): void {
    this.#triedBy = new Map(names);
  }

  /** Returns the newest names that several sources tried. */
  save(): readonly SavedName[] {
    return [...this.#triedBy].filter(([, sources]) => sources.length > 1).slice(-MAX_SAVED);
  }
}

/** Sets an entry as the newest, and drops the oldest ones above the bound. */
function touch<K, V>(map: Map<K, V>, key: K, value: V, bound: number): void {
  map.delete(key);
  map.set(key, value);
  trimOldest(map, bound);
}
