/**
 * Counts the days on which an account or a network logged in. They tell users from what an attacker registers or logs
 * in with on one day, so of a bounded memory those with the fewest days are forgotten first.
 */
import { MAX_LOGIN_DAYS } from "../../domain/login.ts";
import { trimLeast } from "./trim-least.ts";

export const LOGINS_KNOWN_MS: number = 90 * 86_400_000;
/** Number of days with logins from which on an account is that of a regular user. */
export const REGULAR_DAYS = 2;
const DAY_MS = 86_400_000;
/** Days that are assumed of what an earlier version saved without them. */
const ASSUMED_DAYS = 2;

export interface LoginDays {
  /** Time of the newest login. */
  loginAt: number;
  loginDays: number;
}

/** Saved: the time of the newest login, and the number of days, which an earlier version did not save. */
export type SavedLogin<K> = readonly [key: K, loginAt: number, loginDays?: number];

export function noteLoginDay(known: LoginDays, at: number): void {
  if (Math.floor(at / DAY_MS) > Math.floor(known.loginAt / DAY_MS))
    known.loginDays = Math.min(MAX_LOGIN_DAYS, known.loginDays + 1);
  known.loginAt = Math.max(known.loginAt, at);
}

/** Returns whether the newest login was within 90 days. */
export function isLoginKnown(known: LoginDays | undefined, at: number): boolean {
  return known !== undefined && at - known.loginAt <= LOGINS_KNOWN_MS;
}

/** Notes a login of a key, and forgets others above the limit. */
export function rememberLogin<K>(
  logins: Map<K, LoginDays>,
  key: K,
  { at, limit }: { readonly at: number; readonly limit: number },
): void {
  const known = logins.get(key) ?? { loginAt: at, loginDays: 1 };
  noteLoginDay(known, at);
  logins.delete(key);
  logins.set(key, known);
  trimLogins(logins, limit, at);
}

/** Forgets entries above the limit. The map is in the order of the newest logins. */
export function trimLogins<K>(logins: Map<K, LoginDays>, limit: number, at: number): void {
  trimLeast(logins, limit, (one) => (isLoginKnown(one, at) ? one.loginDays : 0));
}

export function saveLogins<K>(logins: ReadonlyMap<K, LoginDays>): readonly SavedLogin<K>[] {
  return Array.from(logins, ([key, { loginAt, loginDays }]) => [key, loginAt, loginDays]);
}

export function restoreDays(loginAt: number, loginDays: number = ASSUMED_DAYS): LoginDays {
  return { loginAt, loginDays };
}
