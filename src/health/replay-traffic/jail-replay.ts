/**
 * What one jail's policy would have done with the past, in log time, by the window and the decisions the daemon uses
 * (invariant 9). An attempt of a subject that would have been banned then is refused, and is not counted further.
 * Bounded: what is remembered of subjects, names and log-ins has a bound each; the rest is only counted.
 */
import type { AllowList } from "../../detect/allow-list.ts";
import { countedSubject } from "../../detect/counted-subject.ts";
import { decideOffense } from "../../detect/decide.ts";
import type { Attempt } from "../../detect/attempts.ts";
import { addressScope } from "../../domain/address-scope.ts";
import type { Ban } from "../../domain/ban.ts";
import { maskIp, type Subject } from "../../domain/cidr.ts";
import type { JailTraffic } from "../../domain/host-facts.ts";
import type { Instant } from "../../domain/instant.ts";
import { familyOf, type Ip } from "../../domain/ip.ts";
import type { Match } from "../../domain/match.ts";
import { detachString } from "../../domain/detach-string.ts";
import { describePolicy } from "../../jails/describe-policy.ts";
import type { Jail } from "../../jails/jail.ts";

export interface JailReplay {
  readonly jail: Jail;
  observe(match: Match, attempt: Attempt): void;
  /** `where` and `lines` are the reader's to know. */
  summary(where: string, lines: number): JailTraffic;
}

export interface JailReplayOptions {
  readonly jail: Jail;
  readonly allowed: AllowList;
  readonly since: Instant;
  /** Only names of existing accounts are kept: what else was typed as a name may be a password. */
  readonly isAccount: (name: string) => boolean;
  /** Earlier bans of a subject, of this jail or of all, as it is configured. */
  readonly earlierBans: Map<Subject, number>;
}

interface Seen {
  attempts: number;
  ban: Ban | undefined;
  readonly ip: Ip;
  readonly isPublic: boolean;
}

interface LoggedIn {
  readonly accounts: Set<string>;
}

const MAX_SUBJECTS = 200_000;
const MAX_LOGINS = 20_000;
const MAX_ACCOUNTS = 200;
const MAX_TRIED_BY = 5000;
const TOP = 3;
/** So many failures before a success are no typing error. */
const GUESSES = 20;
/** From so many accounts on, an address is shared. */
const SHARED_BY = 3;

export function createJailReplay(options: JailReplayOptions): JailReplay {
  const { jail, allowed, since, isAccount, earlierBans } = options;
  const { findtime, increment } = jail.config;
  const subjects = new Map<Subject, Seen>();
  const logins = new Map<Ip, LoggedIn>();
  const networks = new Map<Subject, number>();
  const triedBy = new Map<string, { readonly subjects: Set<Subject>; attempts: number }>();
  const afterFailures: JailTraffic["successes"]["afterFailures"][number][] = [];
  let first: Instant | undefined;
  let last: Instant | undefined;
  let outsideLast: Instant | undefined;
  let [attempts, outsideAttempts, bans, refused] = [0, 0, 0, 0];
  let [successes, outsideSuccesses, byPassword] = [0, 0, 0];

  function observe(match: Match, attempt: Attempt): void {
    const { at } = match;
    if (at < since) return;
    if (first === undefined || at < first) first = at;
    if (last === undefined || at > last) last = at;
    if (match.kind === "success") {
      if (match.ip !== undefined) succeeded(match, match.ip);
    } else if (match.kind !== "neutral" && attempt.counts > 0 && attempt.ip !== undefined) {
      failed(attempt.ip, attempt.counts, match, attempt.user);
    }
  }

  function failed(ip: Ip, counts: number, { at, rule }: Match, user: string | undefined): void {
    // Our own trials, and mistakes made on the host itself.
    const scope = addressScope(ip);
    if (scope === "loopback") return;
    attempts += counts;
    if (scope === "public") noteOutside(counts, at);
    const subject = countedSubject(ip, jail.config, allowed);
    const seen = seenOf(subject, ip, scope === "public");
    if (seen !== undefined) seen.attempts += counts;
    if (user !== undefined && isAccount(user)) noteTried(user, subject, counts);
    const { ban } = seen ?? {};
    if (ban !== undefined && at >= ban.from && (ban.until === "forever" || at < ban.until)) {
      refused += counts;
      return;
    }
    const { count, offense } = jail.window.observe(subject, at, counts);
    if (!offense) return;
    jail.window.forget(subject);
    const decision = decideOffense(
      { jail: jail.name, subject, at, failures: count, findtime, rule },
      jail.policy,
      {
        allowedBy: allowed.covers(subject),
        current: undefined,
        earlierBans: increment.enabled ? (earlierBans.get(subject) ?? 0) : 0,
        chance: 0,
      },
      at,
    );
    if (decision.kind === "ignore") return;
    bans++;
    if (seen !== undefined) seen.ban = decision.ban;
    earlierBans.set(subject, (earlierBans.get(subject) ?? 0) + 1);
  }

  function noteOutside(counts: number, at: Instant): void {
    outsideAttempts += counts;
    if (outsideLast === undefined || at > outsideLast) outsideLast = at;
  }

  function seenOf(subject: Subject, ip: Ip, isPublic: boolean): Seen | undefined {
    const known = subjects.get(subject);
    if (known !== undefined || subjects.size >= MAX_SUBJECTS) return known;
    const made: Seen = { attempts: 0, ban: undefined, ip: detachString(ip), isPublic };
    subjects.set(detachString(subject), made);
    return made;
  }

  function noteTried(user: string, subject: Subject, counts: number): void {
    let tried = triedBy.get(user);
    if (tried === undefined) {
      if (triedBy.size >= MAX_ACCOUNTS) return;
      tried = { subjects: new Set(), attempts: 0 };
      triedBy.set(detachString(user), tried);
    }
    tried.attempts += counts;
    if (tried.subjects.size < MAX_TRIED_BY) tried.subjects.add(detachString(subject));
  }

  function succeeded({ user, at, login: how }: Match, ip: Ip): void {
    successes++;
    const outside = addressScope(ip) === "public";
    if (outside) {
      outsideSuccesses++;
      noteOutside(0, at);
    }
    if (how?.method === "password") byPassword++;
    const network = maskIp(ip, familyOf(ip) === "ipv4" ? 24 : 48);
    if (networks.has(network) || networks.size < MAX_LOGINS)
      networks.set(detachString(network), (networks.get(network) ?? 0) + 1);
    const account = user !== undefined && isAccount(user) ? detachString(user) : undefined;
    const failures = subjects.get(countedSubject(ip, jail.config, allowed))?.attempts ?? 0;
    const fresh = !logins.has(ip);
    if (fresh && failures >= GUESSES && afterFailures.length < MAX_ACCOUNTS)
      afterFailures.push({ ip: detachString(ip), failures, account, at });
    if (fresh && logins.size >= MAX_LOGINS) return;
    const login = logins.get(ip) ?? { accounts: new Set() };
    if (user !== undefined && login.accounts.size < MAX_ACCOUNTS)
      login.accounts.add(detachString(user));
    if (fresh) logins.set(detachString(ip), login);
  }

  function summary(where: string, lines: number): JailTraffic {
    const all = [...subjects];
    const outside = all.filter(([, seen]) => seen.isPublic);
    return {
      jail: jail.name,
      filter: jail.filter.name,
      where,
      policy: describePolicy(jail.config),
      lines,
      first,
      last,
      attempts,
      addresses: subjects.size,
      moreAddresses: subjects.size >= MAX_SUBJECTS,
      outside: { attempts: outsideAttempts, addresses: outside.length, last: outsideLast },
      top: byAttempts(all.map(([subject, seen]) => ({ subject, attempts: seen.attempts }))),
      bans,
      refused,
      slow: describeSlow(all.filter(([, { ban }]) => ban === undefined)),
      successes: {
        count: successes,
        outside: outsideSuccesses,
        byPassword,
        networks: [...networks]
          .sort((a, b) => b[1] - a[1])
          .slice(0, TOP)
          .map(([network]) => network),
        moreNetworks: networks.size > TOP,
        afterFailures,
      },
      shared: [...logins]
        .filter(([, { accounts }]) => accounts.size >= SHARED_BY)
        .map(([ip, { accounts }]) => ({ ip, accounts: accounts.size }))
        .sort((a, b) => b.accounts - a.accounts),
    };
  }

  function describeSlow(never: readonly (readonly [Subject, Seen])[]): JailTraffic["slow"] {
    const bySubject = new Map(never);
    const groups = Map.groupBy(never, ([, { ip }]) =>
      maskIp(ip, familyOf(ip) === "ipv4" ? 24 : 48),
    );
    return {
      subjects: never.length,
      attempts: sum(never.map(([, seen]) => seen.attempts)),
      networks: byAttempts(
        [...groups]
          .filter(([, members]) => members.length >= SHARED_BY)
          .map(([network, members]) => ({
            network,
            addresses: members.length,
            attempts: sum(members.map(([, seen]) => seen.attempts)),
          })),
      ),
      accounts: byAttempts(
        [...triedBy].flatMap(([account, tried]) => {
          const slow = [...tried.subjects].filter((subject) => bySubject.has(subject));
          if (slow.length < SHARED_BY) return [];
          return [{ account, addresses: slow.length, attempts: tried.attempts }];
        }),
      ),
    };
  }

  return { jail, observe, summary };
}

function byAttempts<T extends { readonly attempts: number }>(list: readonly T[]): readonly T[] {
  return list.toSorted((a, b) => b.attempts - a.attempts).slice(0, TOP);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
