/**
 * Notices that a rule bans as no attack would: more bans a minute than its bound, or several addresses within an hour
 * from which people have logged in before. Counts per rule, by log time. Bounded: `perMinute` times and sites, and
 * MOST_KNOWN addresses a rule, and the caller names only rules there are.
 */
import { maskIp, splitSubject, type Subject } from "../domain/cidr.ts";
import { type Duration, duration, formatDuration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { createSortedTimes, type SortedTimes } from "./sorted-times.ts";

/** A ban that is about to be made. */
export interface PlannedBan {
  readonly subject: Subject;
  readonly at: Instant;
  /** Accounts that have logged in from there; none: an address nobody is known by. */
  readonly accounts: readonly string[];
}

export interface BudgetLimits {
  /** 0: no bound at all. */
  readonly perMinute: number;
  /** How many accounts are known by a login from anywhere; asked rarely. */
  readonly accountsKnown: () => number;
}

export interface BanBudget {
  /** Why the ban must not be made and the rule must be stopped; undefined: it is within the budget, and counted. */
  spend(ban: PlannedBan): string | undefined;
  shift(step: number): void;
}

export const MINUTE: Duration = duration(60_000);
export const HOUR: Duration = duration(3_600_000);
/** Addresses with logins that one rule may ban within an hour: one less than this. */
export const KNOWN_ADDRESSES = 5;
/** Of so many accounts at least: whoever has one account of his own must not be able to stop a rule. */
export const KNOWN_ACCOUNTS = 3;
const MOST_KNOWN = 64;
/** What one customer of a provider has at most (RFC 6177): 65,536 networks of 64 bits, each banned on its own. */
const SITE_PREFIX = 48;

export function createBanBudget({ perMinute, accountsKnown }: BudgetLimits): BanBudget {
  const times: SortedTimes = createSortedTimes(perMinute + 1);
  /** By IPv6 site: when a ban in it was last counted. */
  const sites = new Map<Subject, Instant>();
  /** Newest ban of each address with logins. */
  let known: PlannedBan[] = [];

  function spend(ban: PlannedBan): string | undefined {
    if (perMinute === 0) return undefined;
    if (isCounted(ban)) times.insert(ban.at, 1);
    if (times.within(MINUTE) > perMinute) {
      const bans = perMinute === 1 ? "1 ban" : `${perMinute} bans`;
      return `it would have made more than ${bans} in a minute (bans_per_minute)`;
    }
    return ban.accounts.length === 0 ? undefined : spendKnown(ban);
  }

  /** All bans of one IPv6 site in a minute are one: whoever has a site must not be able to stop a rule with it. */
  function isCounted({ subject, at }: PlannedBan): boolean {
    const { ip, family, prefix } = splitSubject(subject);
    if (family === "ipv4" || prefix < SITE_PREFIX) return true;
    const site = maskIp(ip, SITE_PREFIX);
    const last = sites.get(site);
    if (last !== undefined && Math.abs(at - last) <= MINUTE) return false;
    sites.delete(site);
    sites.set(site, at);
    const [oldest] = sites.keys();
    if (sites.size > perMinute && oldest !== undefined) sites.delete(oldest);
    return true;
  }

  function spendKnown(ban: PlannedBan): string | undefined {
    const newest = Math.max(ban.at, ...known.map(({ at }) => at));
    known = known.filter(({ at, subject }) => at >= newest - HOUR && subject !== ban.subject);
    known.push(ban);
    if (known.length > MOST_KNOWN) known.shift();
    if (known.length < KNOWN_ADDRESSES) return undefined;
    const accounts = new Set(known.flatMap((one) => one.accounts));
    if (accounts.size < Math.min(KNOWN_ACCOUNTS, accountsKnown())) return undefined;
    const names = [...accounts].slice(0, 3).join(", ");
    return `it would have banned ${known.length} addresses within ${formatDuration(HOUR)} from which people have logged in before (${names}${accounts.size > 3 ? ", …" : ""})`;
  }

  return {
    spend,
    shift(step) {
      times.shift(step);
      for (const [site, at] of sites) sites.set(site, instant(at + step));
      known = known.map((ban) => ({ ...ban, at: (ban.at + step) as Instant }));
    },
  };
}
