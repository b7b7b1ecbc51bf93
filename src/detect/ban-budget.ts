/**
 * Limits the bans of one rule per minute, and the bans of users who log in here. Counts per rule, by log time. Bounded:
 * `perMinute` times and sites, and MAX_KNOWN addresses per rule; the caller passes only existing rules.
 */
import { maskIp, splitSubject, type Subject } from "../domain/cidr.ts";
import { type Duration, duration, formatDuration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { createSortedTimes, type SortedTimes } from "./sorted-times.ts";

/** A ban that is about to be made. */
export interface PlannedBan {
  readonly subject: Subject;
  readonly at: Instant;
  /** Accounts that have logged in from the subject; empty: no login is known. */
  readonly accounts: readonly string[];
}

export interface BudgetLimits {
  /** Maximum number of bans per minute; 0: unlimited. */
  readonly perMinute: number;
  /** Returns the number of accounts with a login from anywhere; called rarely. */
  readonly accountsKnown: () => number;
  /** Bans of addresses with logins that were made before a restart. */
  readonly known?: readonly PlannedBan[];
}

/**
 * Why a ban must not be made now. rate: the rule has used its bans of this minute. people: the ban would affect users
 * who log in here, so the rule must be stopped.
 */
export type Overspent =
  | { readonly kind: "rate" }
  | { readonly kind: "people"; readonly reason: string };

export const MINUTE: Duration = duration(60_000);
export const HOUR: Duration = duration(3_600_000);
/** Within an hour, a rule may ban fewer than this many addresses with logins. */
export const KNOWN_ADDRESSES = 5;
/** Minimum number of accounts with logins from these addresses, so that the owner of one account cannot stop a rule. */
export const KNOWN_ACCOUNTS = 3;
const MAX_KNOWN = 64;
/**
 * Prefix length of the largest network of one customer (RFC 6177). It contains 65,536 networks of 64 bits, each banned
 * separately.
 */
const SITE_PREFIX = 48;

export class BanBudget {
  readonly #limits: BudgetLimits;
  readonly #times: SortedTimes;
  #newest = Number.NEGATIVE_INFINITY;
  /** For each IPv6 site, when a ban in it was last counted. */
  readonly #sites = new Map<Subject, Instant>();
  /** The newest ban of each address with logins. */
  #known: readonly PlannedBan[];

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
    this.#known = limits.known ?? [];
    this.#times = createSortedTimes(limits.perMinute + 1);
  }

  get known(): readonly PlannedBan[] {
    return this.#known;
  }

  /** Counts a ban if it is within the budget, and returns undefined. A refused one is not counted. */
  spend(ban: PlannedBan): Overspent | undefined {
    if (this.#limits.perMinute === 0) return undefined;
    const site = siteOf(ban.subject);
    const counts = site === undefined || !this.#isCounted(site, ban.at);
    if (counts && this.#newest - ban.at <= MINUTE && this.room(ban.at) <= 0)
      return { kind: "rate" };
    const reason = ban.accounts.length === 0 ? undefined : this.#spendKnown(ban);
    if (reason !== undefined) return { kind: "people", reason };
    if (counts) {
      this.#times.insert(ban.at, 1);
      this.#newest = Math.max(this.#newest, ban.at);
      if (site !== undefined) this.#countSite(site, ban.at);
    }
    return undefined;
  }

  /** Returns how many addresses may be banned now. */
  room(now: Instant): number {
    const { perMinute } = this.#limits;
    return perMinute === 0 ? Number.POSITIVE_INFINITY : perMinute - this.#times.within(MINUTE, now);
  }

  shift(step: number): void {
    this.#times.shift(step);
    this.#newest += step;
    for (const [site, at] of this.#sites) this.#sites.set(site, instant(at + step));
    this.#known = this.#known.map((ban) => ({ ...ban, at: instant(ban.at + step) }));
  }

  /**
   * Returns whether the site already counted in this minute. All bans of one IPv6 site in a minute count once, so that
   * the owner of a site cannot exhaust a rule's budget.
   */
  #isCounted(site: Subject, at: Instant): boolean {
    const last = this.#sites.get(site);
    return last !== undefined && Math.abs(at - last) <= MINUTE;
  }

  #countSite(site: Subject, at: Instant): void {
    this.#sites.delete(site);
    this.#sites.set(site, at);
    for (const oldest of this.#sites.keys()) {
      if (this.#sites.size <= this.#limits.perMinute) break;
      this.#sites.delete(oldest);
    }
  }

  #spendKnown(ban: PlannedBan): string | undefined {
    const last = Math.max(ban.at, ...this.#known.map(({ at }) => at));
    const known = this.#known.filter(
      ({ at, subject }) => at >= last - HOUR && ownerOf(subject) !== ownerOf(ban.subject),
    );
    known.push(ban);
    if (known.length > MAX_KNOWN) known.shift();
    this.#known = known;
    if (known.length < KNOWN_ADDRESSES) return undefined;
    const accounts = new Set(known.flatMap((one) => one.accounts));
    if (accounts.size < Math.min(KNOWN_ACCOUNTS, this.#limits.accountsKnown())) return undefined;
    const names = [...accounts].slice(0, 3).join(", ");
    return `within ${formatDuration(HOUR)} it banned ${known.length - 1} addresses from which users (${names}${accounts.size > 3 ? ", …" : ""}) had logged in, and another such address reached maxretry`;
  }
}

/** Returns whose one ban counts: of an IPv6 site, all bans are those of its owner. */
function ownerOf(subject: Subject): Subject {
  return siteOf(subject) ?? subject;
}

/** Returns the IPv6 site of a subject; undefined: IPv4, or a network larger than a site. */
function siteOf(subject: Subject): Subject | undefined {
  const { ip, family, prefix } = splitSubject(subject);
  return family === "ipv4" || prefix < SITE_PREFIX ? undefined : maskIp(ip, SITE_PREFIX);
}
