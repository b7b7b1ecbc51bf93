/**
 * Watches the accounts that have logged in at a jail: from how many unknown sources each is tried a day, and, where
 * anybody can register, from which networks each logged in. Names that never log in need no watch, because guessing
 * their passwords gives no access. A name in another case is the same account, since many services accept it.
 *
 * Bounded to 2,048 accounts of each jail: those with logins on the fewest days are forgotten first, so that accounts
 * which an attacker registers displace none of a regular user.
 */
import { detachString } from "../../../domain/detach-string.ts";
import type { Ip } from "../../../domain/ip.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import {
  isLoginKnown,
  noteLoginDay,
  REGULAR_DAYS,
  type SavedLogin,
  trimLogins,
} from "../login-days.ts";
import type { NameLikeness, ObservedAttempt } from "../observed-attempt.ts";
import { plainName } from "../resembling-names.ts";
import {
  type AccountHabit,
  createHabit,
  forgiveSources,
  guessesOf,
  isRarelyTried,
  loadHabit,
  type SavedHabit,
  saveHabit,
  shiftHabit,
  thresholdOf,
  turnTo,
} from "./account-habit.ts";
import { AccountNetworks } from "./account-networks.ts";
import { areSpellings } from "./spelled-name.ts";

const MAX_ACCOUNTS = 2048;
const MAX_NAME_LENGTH = 256;
/** Accounts of one plain name that are compared with a name: of a mail host with many domains, those used last. */
const MAX_SPELLINGS = 16;

interface KnownAccount extends AccountHabit {
  /** As it was written at its first login. */
  readonly name: string;
  /** Where anybody can register. */
  networks?: AccountNetworks;
}

type TriedName = Pick<ObservedAttempt, "user" | "at" | "likeness" | "isOpen">;

/** Names an account for the methods of KnownAccounts. */
export type AccountKey = string;

interface TriedAccount {
  /** The accounts of which it may be a spelling; several: they differ in their domains, and the name has none. */
  readonly accounts: readonly AccountKey[];
  /** The name of the account, or the one that was tried. */
  readonly user: string | undefined;
  readonly likeness: NameLikeness;
}

export interface AccountTries {
  /** Estimated number of sources today; 13% standard error. */
  readonly sources: number;
  readonly expected: number;
  /** Unusually many sources try the account. */
  readonly isGuessed: boolean;
}

/** `account`: jail and name. */
export type AccountsState = readonly (SavedHabit & { readonly account: string })[];

/** `key`: network, jail and name. */
export type AccountLoginsState = readonly SavedLogin<string>[];

export class KnownAccounts {
  readonly #jail: JailName;
  /** In the order of their newest logins. */
  readonly #accounts = new Map<AccountKey, KnownAccount>();
  /** The accounts by plain name: those used last are last. */
  readonly #spelled = new Map<string, readonly AccountKey[]>();
  readonly #tried = new Set<AccountKey>();

  constructor(jail: JailName) {
    this.#jail = jail;
  }

  /**
   * Returns the account that was tried. If anybody can register one, a name with another domain, or without one, may be
   * the account of an attacker. Otherwise it is that of the user, but a name with another domain resembles no account.
   */
  of({ user: name, at, likeness = "other", isOpen }: TriedName): TriedAccount {
    const user = name?.slice(0, MAX_NAME_LENGTH);
    if (user === undefined) return { accounts: [], user, likeness };
    const exact = this.#find(keyOf(user), at);
    if (exact !== undefined) return { accounts: [keyOf(user)], user: exact.name, likeness: "same" };
    if (isOpen === true || likeness === "other") return { accounts: [], user, likeness };
    const accounts = this.spellings(user, at);
    const [first] = accounts;
    if (first === undefined) {
      const isOther = likeness === "similar" && this.#among(user, at).length > 0;
      return { accounts, user, likeness: isOther ? "other" : likeness };
    }
    const same = accounts.length === 1 ? this.nameOf(first) : user;
    return { accounts, user: same, likeness: "same" };
  }

  /** Returns the accounts that have logged in during the last 90 days, of which the name may be a spelling. */
  spellings(user: string, at: number): readonly AccountKey[] {
    const own = keyOf(user);
    const others = this.#among(user, at).filter((key) => key !== own && areSpellings(key, own));
    return this.#find(own, at) === undefined ? others : [own, ...others];
  }

  nameOf(account: AccountKey): string {
    return this.#accounts.get(account)?.name ?? account;
  }

  /** Returns the accounts with the same plain name, whatever their domains. */
  #among(user: string, at: number): readonly AccountKey[] {
    const all = this.#spelled.get(plainName(user)) ?? [];
    return all.filter((key) => this.#find(key, at) !== undefined);
  }

  #find(key: AccountKey, at: number): KnownAccount | undefined {
    const known = this.#accounts.get(key);
    return isLoginKnown(known, at) ? known : undefined;
  }

  isRarelyTried(accounts: readonly AccountKey[]): boolean {
    return accounts.some((key) => {
      const known = this.#accounts.get(key);
      return known !== undefined && isRarelyTried(known);
    });
  }

  /** Returns whether a user has logged in with the account on several days. */
  isRegular(user: string, at: number): boolean {
    return (this.#find(keyOf(user), at)?.loginDays ?? 0) >= REGULAR_DAYS;
  }

  login(user: string, at: number): void {
    const known = this.#accounts.get(keyOf(user)) ?? createAccount(user, at);
    noteLoginDay(known, at);
    turnTo(known, at);
    forgiveSources(known);
    this.#put(known);
    if (this.#accounts.size <= MAX_ACCOUNTS) return;
    trimLogins(this.#accounts, MAX_ACCOUNTS, at);
    this.#spelled.clear();
    for (const key of this.#accounts.keys()) this.#index(key);
  }

  /** Notes from which network an account has logged in. */
  noteNetwork(user: string, ip: Ip, at: number): void {
    const known = this.#accounts.get(keyOf(user));
    if (known === undefined) return;
    known.networks ??= new AccountNetworks();
    known.networks.note(ip, spellingOf(user), at);
  }

  /**
   * Returns whether the account has logged in from the network, in this spelling or in that of its first login. Another
   * spelling does not count, because where the case matters it is another account.
   */
  isAtHome(user: string, ip: Ip, at: number): boolean {
    const { networks, name = "" } = this.#accounts.get(keyOf(user)) ?? {};
    return networks?.has(ip, spellingOf(user), at) === true || networks?.has(ip, name, at) === true;
  }

  /** Counts a try from an unknown source. */
  tried(accounts: readonly AccountKey[], source: number, at: number): void {
    for (const key of accounts) {
      const known = this.#accounts.get(key);
      if (known === undefined) continue;
      turnTo(known, at);
      known.sources.add(source);
      this.#tried.add(key);
    }
  }

  /** Judges an account that was tried. */
  judge(account: AccountKey, at: number): AccountTries | undefined {
    const known = this.#accounts.get(account);
    if (known === undefined) return undefined;
    const sources = Math.round(known.sources.estimate());
    const isGuessed = sources >= thresholdOf(known);
    if (isGuessed) {
      known.guessedAt = Math.max(known.guessedAt, at);
      known.guessedFrom = sources;
    }
    return { sources, expected: known.mean, isGuessed };
  }

  /** Returns the accounts that were tried since the last call. */
  takeTried(): readonly AccountKey[] {
    const tried = [...this.#tried];
    this.#tried.clear();
    return tried;
  }

  /** Returns from how many sources the most guessed account was guessed during the last day; 0: none was. */
  guessedFrom(accounts: readonly AccountKey[], at: number): number {
    const guessed = accounts.map((key) => {
      const known = this.#accounts.get(key);
      return known === undefined ? 0 : guessesOf(known, at);
    });
    return Math.max(0, ...guessed);
  }

  /** Moves all times with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    for (const known of this.#accounts.values()) {
      shiftHabit(known, step);
      known.networks?.shift(step);
    }
  }

  state(): AccountsState {
    return [...this.#accounts.values()].map((known) => {
      return { account: `${this.#jail} ${known.name}`, ...saveHabit(known) };
    });
  }

  networksState(): AccountLoginsState {
    return [...this.#accounts.values()].flatMap(({ networks }) =>
      (networks?.state() ?? []).map(([key, ...login]): SavedLogin<string> => {
        const [network, name] = splitAtBlank(key);
        return [`${network} ${this.#jail} ${name}`, ...login];
      }),
    );
  }

  /** Restores an account. An earlier version saved each spelling. */
  restore(name: string, saved: SavedHabit): void {
    const before = this.#accounts.get(keyOf(name));
    const known = { name: before?.name ?? name, ...loadHabit(saved) };
    if (before !== undefined && before.guessedAt > known.guessedAt) {
      known.guessedAt = before.guessedAt;
      known.guessedFrom = before.guessedFrom;
    }
    this.#put(known);
  }

  restoreNetwork(network: string, name: string, login: readonly [at: number, days?: number]): void {
    const known = this.#accounts.get(keyOf(name));
    if (known === undefined) return;
    known.networks ??= new AccountNetworks();
    known.networks.restore([`${network} ${name}`, ...login]);
  }

  /** Makes it the account with the newest login. */
  #put(known: KnownAccount): void {
    const key = keyOf(known.name);
    this.#accounts.delete(key);
    this.#accounts.set(key, known);
    this.#index(key);
  }

  #index(key: AccountKey): void {
    const plain = plainName(key);
    const others = (this.#spelled.get(plain) ?? []).filter((one) => one !== key);
    if (others.length >= MAX_SPELLINGS) others.splice(this.#rarest(others), 1);
    this.#spelled.set(plain, [...others, key]);
  }

  /** Returns the place of the account with logins on the fewest days. */
  #rarest(keys: readonly AccountKey[]): number {
    const days = keys.map((key) => this.#accounts.get(key)?.loginDays ?? 0);
    return days.indexOf(Math.min(...days));
  }
}

/** Splits at the first blank: neither a network nor the name of a jail has one. */
export function splitAtBlank(text: string): readonly [string, string] {
  const end = text.indexOf(" ");
  return [text.slice(0, end), text.slice(end + 1)];
}

function keyOf(user: string): AccountKey {
  return spellingOf(user).toLowerCase();
}

function spellingOf(user: string): string {
  return user.slice(0, MAX_NAME_LENGTH);
}

function createAccount(user: string, at: number): KnownAccount {
  return { name: detachString(spellingOf(user)), ...createHabit(at) };
}
