/**
 * Watches the accounts that have logged in: from how many unknown sources each is tried a day, compared with its habit.
 * Names that never log in need no watch, because guessing their passwords gives no access. Bounded to 2,048 accounts;
 * those that were used least recently are forgotten first.
 */
import { HyperLogLog } from "../hyper-log-log.ts";
import type { JailName } from "../../../domain/jail-name.ts";
import type { ObservedAttempt } from "../observed-attempt.ts";
import { plainName } from "../resembling-names.ts";
import { areSpellings } from "./spelled-name.ts";
import { trimOldest } from "../trim-oldest.ts";
import { LOGINS_KNOWN_MS } from "./login-memory.ts";

const DAY_MS = 86_400_000;
const MAX_ACCOUNTS = 2048;
const MAX_NAME_LENGTH = 256;
/** Accounts of one plain name that are compared with a name: of a mail host with many domains, those used last. */
const MAX_SPELLINGS = 16;
/** Number of days that an account's habit remembers. */
const MEMORY_DAYS = 14;
/** Sources a day that are assumed before a habit is known; they count for one day. */
const PRIOR = 20;
/** Minimum number of sources a day that is unusual. */
const MIN_SOURCES = 12;
/** Below so many sources a day, a try from an unknown source is remarkable. */
const RARELY_TRIED = 5;
/** Number of sources up to which a login shows that its owner mistyped. */
const FORGIVEN_SOURCES = 3;

interface KnownAccount {
  loginAt: number;
  /** Day of the sketch, from the epoch. */
  day: number;
  readonly sources: HyperLogLog;
  days: number;
  mean: number;
  square: number;
  /** Time of the last try while unusually many sources tried it; 0: never. */
  guessedAt: number;
  /** Sources of that day. */
  guessedFrom: number;
}

type TriedName = Pick<ObservedAttempt, "jail" | "user" | "at" | "likeness" | "isOpen">;

interface TriedAccount {
  /** As given to the methods of `KnownAccounts`. */
  readonly account: string;
  readonly user: string | undefined;
  /** Whether it has logged in during the last 90 days. */
  readonly isKnown: boolean;
}

export interface AccountTries {
  /** Estimated number of sources today; 13% standard error. */
  readonly sources: number;
  readonly expected: number;
  /** Unusually many sources try the account. */
  readonly isGuessed: boolean;
}

/** `account`: as given to the methods, jail and user. `sources`: registers of the sketch. */
export type AccountsState = readonly (Omit<KnownAccount, "sources"> & {
  readonly account: string;
  readonly sources: readonly number[];
})[];

export class KnownAccounts {
  readonly #accounts = new Map<string, KnownAccount>();
  /** The names of accounts, so that most names that are tried are looked up without a jail. */
  #users = new Set<string>();
  /** The accounts by their names in lower case, and by their plain names: those used last are last. */
  #spelled = new Map<string, readonly string[]>();

  /** Returns the account that was tried. Another spelling of a user's account is that one: many services accept it. */
  of({ jail, user: name, at, likeness = "other", isOpen }: TriedName): TriedAccount {
    const user = name?.slice(0, MAX_NAME_LENGTH);
    const account = accountKey(jail, name ?? "");
    if (user === undefined || this.#has(account, user, at))
      return { account, user, isKnown: user !== undefined };
    const isCompared = isOpen === true || likeness !== "other";
    const known = isCompared ? this.#spellingOf(account, at, isOpen === true) : undefined;
    if (known === undefined) return { account, user, isKnown: false };
    return { account: known, user: userOf(known), isKnown: true };
  }

  /**
   * Returns the account of which the name is a spelling. If anybody can register one, a name with another domain, or
   * without one, may be the account of an attacker.
   */
  #spellingOf(account: string, at: number, isOpen: boolean): string | undefined {
    const [exact] = this.#among(caselessKey(account), at);
    if (exact !== undefined || isOpen) return exact;
    const same = this.#among(plainKey(account), at);
    return same.find((one) => areSpellings(userOf(one), userOf(account))) ?? same[0];
  }

  /** Returns the accounts that have logged in during the last 90 days, of which the account may be a spelling. */
  spellings(account: string, at: number): readonly string[] {
    const user = userOf(account);
    const all = [caselessKey(account), plainKey(account)].flatMap((key) => this.#among(key, at));
    return [...new Set(all)].filter((one) => areSpellings(userOf(one), user));
  }

  #among(key: string, at: number): readonly string[] {
    const all = this.#spelled.get(key) ?? [];
    return all.filter((one) => this.#has(one, userOf(one), at));
  }

  /** Returns whether the account, which has this user's name, has logged in during the last 90 days. */
  #has(account: string, user: string, at: number): boolean {
    if (!this.#users.has(user)) return false;
    const known = this.#accounts.get(account);
    return known !== undefined && at - known.loginAt <= LOGINS_KNOWN_MS;
  }

  /** Returns whether unknown sources seldom try the account, unlike `root`. */
  isRarelyTried(account: string): boolean {
    const known = this.#accounts.get(account);
    return known !== undefined && known.mean < RARELY_TRIED;
  }

  login(account: string, at: number): void {
    const known = this.#accounts.get(account) ?? createAccount(at);
    this.#accounts.delete(account);
    this.#accounts.set(account, known);
    known.loginAt = Math.max(known.loginAt, at);
    turnTo(known, at);
    if (known.sources.estimate() <= FORGIVEN_SOURCES + 0.5) known.sources.clear();
    this.#users.add(userOf(account));
    this.#addSpelling(account);
    if (this.#accounts.size <= MAX_ACCOUNTS) return;
    trimOldest(this.#accounts, MAX_ACCOUNTS);
    this.#index();
  }

  /** Counts a try from an unknown source. Only for a known account. */
  tried(account: string, source: number, at: number): void {
    const known = this.#accounts.get(account);
    if (known === undefined) return;
    turnTo(known, at);
    known.sources.add(source);
  }

  /** Judges the account after its tries of a second. */
  judge(account: string, at: number): AccountTries | undefined {
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

  /** Returns from how many sources the most guessed account was guessed during the last day; 0: none was. */
  guessedFrom(accounts: readonly string[], at: number): number {
    const guessed = accounts.map((account) => {
      const known = this.#accounts.get(account);
      return known !== undefined && at - known.guessedAt <= DAY_MS ? known.guessedFrom : 0;
    });
    return Math.max(0, ...guessed);
  }

  /** Moves all times with a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    for (const known of this.#accounts.values()) {
      known.loginAt += step;
      known.day += Math.round(step / DAY_MS);
      if (known.guessedAt > 0) known.guessedAt += step;
    }
  }

  state(): AccountsState {
    return [...this.#accounts].map(([account, { sources, ...known }]) => {
      const registers = [...sources.registers];
      return { account, ...known, sources: registers.some((rank) => rank > 0) ? registers : [] };
    });
  }

  restore(state: AccountsState): void {
    for (const { account, sources, ...known } of state)
      this.#accounts.set(account, { ...known, sources: new HyperLogLog(sources) });
    this.#index();
  }

  #index(): void {
    const accounts = [...this.#accounts.keys()];
    this.#users = new Set(accounts.map(userOf));
    this.#spelled = new Map();
    for (const account of accounts) this.#addSpelling(account);
  }

  #addSpelling(account: string): void {
    for (const key of [caselessKey(account), plainKey(account)]) {
      const others = (this.#spelled.get(key) ?? []).filter((one) => one !== account);
      this.#spelled.set(key, [...others.slice(1 - MAX_SPELLINGS), account]);
    }
  }
}

function caselessKey(account: string): string {
  return `case ${jailOf(account)} ${userOf(account).toLowerCase()}`;
}

function plainKey(account: string): string {
  return `plain ${jailOf(account)} ${plainName(userOf(account))}`;
}

function jailOf(account: string): string {
  return account.slice(0, account.indexOf(" "));
}

/** Returns the account as given to the methods. */
export function accountKey(jail: JailName, user: string): string {
  return `${jail} ${user.slice(0, MAX_NAME_LENGTH)}`;
}

/** Returns the name of an account as given to the methods. The name of a jail has no blank. */
export function userOf(account: string): string {
  return account.slice(account.indexOf(" ") + 1);
}

function createAccount(at: number): KnownAccount {
  const habit = { days: 1, mean: PRIOR, square: PRIOR * PRIOR };
  const tries = { sources: new HyperLogLog(), guessedAt: 0, guessedFrom: 0 };
  return { loginAt: at, day: Math.floor(at / DAY_MS), ...tries, ...habit };
}

/** Learns from the days that ended. A late line belongs to the current day. */
function turnTo(known: KnownAccount, at: number): void {
  const day = Math.floor(at / DAY_MS);
  const missed = Math.min(day - known.day, MEMORY_DAYS);
  if (missed <= 0) return;
  for (let i = 0; i < missed; i++) {
    const count = i === 0 ? Math.min(known.sources.estimate(), thresholdOf(known)) : 0;
    known.days = Math.min(MEMORY_DAYS, known.days + 1);
    known.mean += (count - known.mean) / known.days;
    known.square += (count * count - known.square) / known.days;
  }
  known.sources.clear();
  known.day = day;
}

/** Returns how many sources a day are unusual: as for arrivals. */
function thresholdOf({ mean, square }: KnownAccount): number {
  const deviation = Math.sqrt(Math.max(mean, square - mean * mean));
  return Math.max(MIN_SOURCES, 2 * mean + 6 * deviation + 4);
}
