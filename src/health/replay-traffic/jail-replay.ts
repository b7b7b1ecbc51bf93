/**
 * Applies a jail's policy to past lines in log time. Uses the window and the decisions of the daemon (invariant 9).
 * Attempts of a subject during the ban it would have got are counted as refused only.
 */
import type { AllowList } from "../../detect/allow-list.ts";
import { countedSubject } from "../../detect/counted-subject.ts";
import { decideOffense } from "../../detect/decide.ts";
import type { Attempt } from "../../detect/attempts.ts";
import { addressScope } from "../../domain/address-scope.ts";
import type { Ban } from "../../domain/ban.ts";
import type { Subject } from "../../domain/cidr.ts";
import type { JailTraffic } from "../../domain/host-facts.ts";
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { Match } from "../../domain/match.ts";
import { detachString } from "../../domain/detach-string.ts";
import { describePolicy } from "../../jails/describe-policy.ts";
import type { Jail } from "../../jails/jail.ts";
import { LoginTally } from "./login-tally.ts";
import { SubjectTally } from "./subject-tally.ts";

export interface JailReplayOptions {
  readonly jail: Jail;
  readonly allowed: AllowList;
  readonly since: Instant;
  /** Reports whether an account exists. Other names are not kept: a user may have typed a password there. */
  readonly isAccount: (name: string) => boolean;
  /** Earlier bans of each subject, in this jail or in all, as configured. */
  readonly earlierBans: Map<Subject, number>;
}

/** Maximum number of exempt subjects that are remembered. */
const MAX_EXEMPT = 100;

export class JailReplay {
  readonly jail: Jail;
  readonly #options: JailReplayOptions;
  readonly #subjects = new SubjectTally();
  readonly #logins = new LoginTally();
  readonly #exempt = new Set<Subject>();
  #first: Instant | undefined;
  #last: Instant | undefined;
  #attempts = 0;
  #bans = 0;
  #refused = 0;
  /** Attempts from public addresses. */
  #outsideAttempts = 0;
  #outsideLast: Instant | undefined;

  constructor(options: JailReplayOptions) {
    this.jail = options.jail;
    this.#options = options;
  }

  observe(match: Match, attempt: Attempt): void {
    const { at } = match;
    if (at < this.#options.since) return;
    if (this.#first === undefined || at < this.#first) this.#first = at;
    if (this.#last === undefined || at > this.#last) this.#last = at;
    if (match.kind === "success") {
      if (match.ip !== undefined) this.#addLogin(match, match.ip);
    } else if (match.kind !== "neutral" && attempt.counts > 0 && attempt.ip !== undefined) {
      this.#addFailure(attempt.ip, match, attempt);
    }
  }

  #addLogin({ user, at, login }: Match, ip: Ip): void {
    const isPublic = addressScope(ip) === "public";
    if (isPublic) this.#noteOutside(at, 0);
    this.#logins.add({
      ...{ ip, at, user, isPublic },
      isAccount: user !== undefined && this.#options.isAccount(user),
      byPassword: login?.method === "password",
      failures: this.#subjects.attemptsOf(this.#subjectOf(ip)),
    });
  }

  #addFailure(ip: Ip, match: Match, { counts, user }: Attempt): void {
    const scope = addressScope(ip);
    // Ignores self-tests, and mistakes made on the host itself.
    if (scope === "loopback") return;
    const isPublic = scope === "public";
    this.#attempts += counts;
    if (isPublic) this.#noteOutside(match.at, counts);
    const subject = this.#subjectOf(ip);
    const account = user !== undefined && this.#options.isAccount(user) ? user : undefined;
    const record = this.#subjects.add({ subject, ip, isPublic, counts, account });
    if (isActive(record?.ban, match.at)) {
      this.#refused += counts;
      return;
    }
    const { count, offense } = this.jail.window.observe(subject, match.at, counts);
    if (!offense) return;
    this.jail.window.forget(subject);
    const ban = this.#decide(subject, match, count);
    if (ban === undefined) return;
    this.#bans++;
    if (record !== undefined) record.ban = ban;
    const { earlierBans } = this.#options;
    earlierBans.set(subject, (earlierBans.get(subject) ?? 0) + 1);
  }

  #decide(subject: Subject, { at, rule }: Match, failures: number): Ban | undefined {
    const { allowed, earlierBans } = this.#options;
    const { name, policy, config } = this.jail;
    const decision = decideOffense(
      { jail: name, subject, at, failures, findtime: config.findtime, rule },
      policy,
      {
        allowedBy: allowed.covers(subject),
        current: undefined,
        earlierBans: config.increment.enabled ? (earlierBans.get(subject) ?? 0) : 0,
        chance: 0,
      },
      at,
    );
    if (decision.kind !== "ignore") return decision.ban;
    if (decision.reason === "allow-listed" && this.#exempt.size < MAX_EXEMPT)
      this.#exempt.add(detachString(subject));
    return undefined;
  }

  #noteOutside(at: Instant, counts: number): void {
    this.#outsideAttempts += counts;
    if (this.#outsideLast === undefined || at > this.#outsideLast) this.#outsideLast = at;
  }

  #subjectOf(ip: Ip): Subject {
    return countedSubject(ip, this.jail.config, this.#options.allowed);
  }

  /** Returns the result; `where` and `lines` come from the reader. */
  summary(where: string, lines: number): JailTraffic {
    const { name, filter, config } = this.jail;
    return {
      jail: name,
      filter: filter.name,
      where,
      policy: describePolicy(config),
      lines,
      first: this.#first,
      last: this.#last,
      attempts: this.#attempts,
      outside: {
        attempts: this.#outsideAttempts,
        addresses: this.#subjects.outsideAddresses,
        last: this.#outsideLast,
      },
      bans: this.#bans,
      exempt: [...this.#exempt],
      refused: this.#refused,
      ...this.#subjects.summary(),
      ...this.#logins.summary(),
    };
  }
}

function isActive(ban: Ban | undefined, at: Instant): boolean {
  return ban !== undefined && at >= ban.from && (ban.until === "forever" || at < ban.until);
}
