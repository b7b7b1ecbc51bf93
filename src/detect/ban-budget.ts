/**
 * Limits how many addresses one rule bans in a minute, and notices when it hits people who log in here. Counts per
 * rule, by log time. Bounded: `perMinute` times and sites, and MOST_KNOWN addresses a rule; the caller names only
 * rules that exist.
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

/**
 * Why a ban must not be made now. rate: the rule has made all bans of this minute. people: it would hit people who log
 * in here, and must be stopped.
 */
export type Overspent =
  | { readonly kind: "rate" }
  | { readonly kind: "people"; readonly reason: string };

export interface BanBudget {
  /** undefined: the ban is within the budget, and counted. One that is not counts for nothing. */
  spend(ban: PlannedBan): Overspent | undefined;
  /** How many addresses may be banned now. */
  room(now: Instant): number;
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
  let newest = Number.NEGATIVE_INFINITY;
  /** By IPv6 site: when a ban in it was last counted. */
  const sites = new Map<Subject, Instant>();
  /** Newest ban of each address with logins. */
  let known: PlannedBan[] = [];

  function spend(ban: PlannedBan): Overspent | undefined {
    if (perMinute === 0) return undefined;
    const site = siteOf(ban.subject);
    const counts = site === undefined || !isCounted(site, ban.at);
    if (counts && newest - ban.at <= MINUTE && room(ban.at) <= 0) return { kind: "rate" };
    const reason = ban.accounts.length === 0 ? undefined : spendKnown(ban);
    if (reason !== undefined) return { kind: "people", reason };
    if (counts) {
      times.insert(ban.at, 1);
      newest = Math.max(newest, ban.at);
      if (site !== undefined) countSite(site, ban.at);
    }
    return undefined;
  }

  function room(now: Instant): number {
    return perMinute === 0 ? Number.POSITIVE_INFINITY : perMinute - times.within(MINUTE, now);
  }

  /** All bans of one IPv6 site in a minute are one: whoever has a site must not use up a rule's budget with it. */
  function isCounted(site: Subject, at: Instant): boolean {
    const last = sites.get(site);
    return last !== undefined && Math.abs(at - last) <= MINUTE;
  }

  function countSite(site: Subject, at: Instant): void {
    sites.delete(site);
    sites.set(site, at);
    const [oldest] = sites.keys();
    if (sites.size > perMinute && oldest !== undefined) sites.delete(oldest);
  }

  function spendKnown(ban: PlannedBan): string | undefined {
    const last = Math.max(ban.at, ...known.map(({ at }) => at));
    known = known.filter(({ at, subject }) => at >= last - HOUR && subject !== ban.subject);
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
    room,
    shift(step) {
      times.shift(step);
      newest += step;
      for (const [site, at] of sites) sites.set(site, instant(at + step));
      known = known.map((ban) => ({ ...ban, at: (ban.at + step) as Instant }));
    },
  };
}

/** undefined: IPv4, or a network that is larger than one customer's. */
function siteOf(subject: Subject): Subject | undefined {
  const { ip, family, prefix } = splitSubject(subject);
  return family === "ipv4" || prefix < SITE_PREFIX ? undefined : maskIp(ip, SITE_PREFIX);
}
