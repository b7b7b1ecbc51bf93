/**
 * What the logins seen say about an address: how many people live behind it, and whether failures are one user's typing
 * errors. Pure; every fact comes in.
 */
import type { Ban } from "../domain/ban.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Login } from "../domain/login.ts";
import { ALL_PORTS, OBSERVED, type PortScope } from "../domain/port-scope.ts";

export type SharedPolicy = "threshold" | "short" | "ports" | "report" | "ban";

/** An address with so many accounts is shared. */
export const SHARED_FROM = 3;
export const COUNTED_FOR: Duration = duration(30 * 86_400_000);
/** maxretry times this for shared addresses. */
export const SHARED_TIMES = 3;
/** maxretry times this for one user's typing errors. */
export const TYPING_TIMES = 2;
/** Bantime divided by this for shared addresses. */
const SHORTER = 6;

/**
 * How many different accounts live behind the place of these logins. One person's accounts of several programs are one
 * account, as far as one can tell: so the most of any one program.
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

/** The one account all failures are for, when it had logged in from there before the first of them. */
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

export interface Threshold {
  readonly failures: number;
  /** Why it is not maxretry; for people. */
  readonly because: string;
}

/** How many failures make an offense, when that is more than maxretry. */
export function raisedThreshold(
  { maxretry, shared }: { readonly maxretry: number; readonly shared: SharedPolicy },
  { accounts, typing }: { readonly accounts: number; readonly typing: string | undefined },
): Threshold | undefined {
  if (shared === "threshold" && accounts >= SHARED_FROM) {
    const because = `${accounts} accounts have logged in from there in the last 30 days`;
    return { failures: maxretry * SHARED_TIMES, because };
  }
  if (typing === undefined) return undefined;
  const because = `all are for ${typing}, who has logged in from there before`;
  return { failures: maxretry * TYPING_TIMES, because };
}

/** The ban of a shared address, as its jail wishes: shorter, or of the ports alone that its program listens on. */
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
  /** Of the filter, when the jail names none. */
  readonly ports: PortScope;
}
