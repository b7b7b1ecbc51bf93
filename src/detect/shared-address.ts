/**
 * Decides from earlier logins how many users share an address, and whether failures are one user's typing errors. Pure;
 * every fact is an argument.
 */
import type { Ban } from "../domain/ban.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Login } from "../domain/login.ts";
import { ALL_PORTS, OBSERVED, type PortScope } from "../domain/port-scope.ts";

export type SharedPolicy = "threshold" | "short" | "ports" | "report" | "ban";

/** Minimum number of accounts of a shared address. */
export const SHARED_FROM = 3;
export const COUNTED_FOR: Duration = duration(30 * 86_400_000);
/** Factor of maxretry for shared addresses. */
export const SHARED_TIMES = 3;
/** Factor of maxretry for one user's typing errors. */
export const TYPING_TIMES = 2;
/** Divisor of bantime for shared addresses. */
const SHORTER = 6;

/**
 * Returns the number of accounts behind the subject of these logins. One user's accounts in several programs cannot be
 * distinguished from several users, so the program with the most accounts counts.
 */
export function countAccounts(logins: readonly Login[], now: Instant): number {
  const byFilter = new Map<string, Set<string>>();
  for (const { filter, account, lastAt } of logins) {
    if (lastAt < now - COUNTED_FOR) continue;
    byFilter.getOrInsertComputed(filter, () => new Set()).add(account);
  }
  return Math.max(0, ...[...byFilter.values()].map((accounts) => accounts.size));
}

export interface Failed {
  readonly user: string | undefined;
  readonly at: Instant;
}

/** Returns the single account of all failures, if it had logged in from there before the first of them. */
export function typingAccount(
  failures: readonly Failed[],
  logins: readonly Login[],
  filter: string,
): string | undefined {
  const [first] = failures;
  const account = first?.user;
  if (first === undefined || account === undefined) return undefined;
  if (failures.some(({ user }) => user !== account)) return undefined;
  return hasLoggedInBefore({ account, filter, at: first.at }, logins) ? account : undefined;
}

export function hasLoggedInBefore(
  { account, filter, at }: { account: string; filter: string; at: Instant },
  logins: readonly Login[],
): boolean {
  return logins.some(
    (login) => login.account === account && login.filter === filter && login.firstAt < at,
  );
}

export interface ThresholdFacts {
  readonly accounts: number;
  readonly typing: string | undefined;
  /** Whether the jail is under siege and acts on it. */
  readonly besieged: boolean;
}

export interface Threshold {
  readonly failures: number;
  /** The reason for the raised threshold, for display. */
  readonly because: string;
}

/** Returns the number of failures that make an offense, if it is more than maxretry. */
export function raisedThreshold(
  { maxretry, shared }: { readonly maxretry: number; readonly shared: SharedPolicy },
  { accounts, typing, besieged }: ThresholdFacts,
): Threshold | undefined {
  if (shared === "threshold" && accounts >= SHARED_FROM) {
    const because = `${accounts} accounts have logged in from there in the last 30 days`;
    return { failures: maxretry * SHARED_TIMES, because };
  }
  if (typing === undefined && !besieged) return undefined;
  if (typing === undefined) {
    const because = "someone has logged in from there, and the jail is under siege";
    return { failures: maxretry * TYPING_TIMES, because };
  }
  const because = `all are for ${typing}, who has logged in from there before`;
  return { failures: maxretry * TYPING_TIMES, because };
}

/** Returns the ban of a shared address, as configured: shorter, or only for the ports that its program listens on. */
export function softenBan(ban: Ban, shared: SharedPolicy, facts: SoftFacts): Ban {
  const reason = `${ban.reason} (address of ${facts.accounts} accounts)`;
  if (shared === "short") {
    const { bantime } = facts;
    if (bantime === "forever") return ban;
    const until = instant(ban.from + Math.ceil(bantime / SHORTER));
    return { ...ban, until, reason, escalation: 0 };
  }
  const narrow = ban.scope === ALL_PORTS && facts.ports !== OBSERVED;
  return shared === "ports" && narrow ? { ...ban, scope: facts.ports, reason } : ban;
}

export interface SoftFacts {
  readonly accounts: number;
  readonly bantime: Duration | "forever";
  /** Ports of the filter, used if the jail has none. */
  readonly ports: PortScope;
}
