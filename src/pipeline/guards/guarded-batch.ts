/** Applies the guards to the offenses of one batch of lines, including the logins in the same batch. */
import {
  countAccounts,
  hasLoggedInBefore,
  raisedThreshold,
  SHARED_TIMES,
  typingAccount,
} from "../../detect/shared-address.ts";
import { countedSubject } from "../../detect/counted-subject.ts";
import { judgeAllowance } from "../../detect/lockout-guard.ts";
import type { Ban } from "../../domain/ban.ts";
import type { BookStep, CountedFailure } from "../../domain/ban-book.ts";
import type { JudgingBook } from "../../domain/judging-book.ts";
import type { Subject } from "../../domain/cidr.ts";
import { subjectOf } from "../../domain/counting-prefix.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Decision, GuardedDecision } from "../../domain/decision.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import { LOGIN_IPV6_PREFIX, type Login, NAMELESS } from "../../domain/login.ts";
import type { Match } from "../../domain/match.ts";
import type { PortScope } from "../../domain/port-scope.ts";
import { formatPresence, newestOf, type Presence } from "../../domain/presence.ts";
import type { StatsCounter } from "../../domain/stats.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "../allow/allow.ts";
import type { QualityWatch } from "../quality-watch.ts";
import type { Jail } from "../../jails/jail.ts";
import type { Allowances } from "./allowances.ts";
import { softenShared } from "./guarded-batch/soften-shared.ts";
import type { BanLimits } from "./ban-limits.ts";
import { connectionOf, isSameLogin, type SeenLogin } from "./login-notes.ts";
import type { TurnFailures } from "../turn-failures.ts";
import type { AddressFailure, ProvenFailures } from "./proven-failures.ts";
import type { RecordedLogins } from "./recorded-logins.ts";
import { TurnLogins } from "./turn-logins.ts";
import type { Conclude, WaitingOffense } from "./waiting-offenses.ts";

export interface GuardParts {
  readonly book: JudgingBook;
  readonly allow: Pick<Allow, "listOf">;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly limits: BanLimits;
  readonly allowances: Allowances;
  readonly recorded: RecordedLogins;
  readonly proven: ProvenFailures;
  readonly quality: QualityWatch;
  /** Counts logins by hour. */
  readonly stats: StatsCounter | undefined;
  readonly loginsFrom: (subject: Subject) => readonly Login[];
  readonly presences: (
    subject: Subject,
    keyLogin: number,
    logins: readonly Login[],
  ) => readonly Presence[];
  /** Returns whether anybody can register an account at the service of this filter. */
  readonly isOpen: (filter: string) => boolean;
  /** The ports of the jail's program. */
  readonly portsOf: (jail: JailName) => PortScope;
}

/** A failure that is being judged. */
export interface CountedAttempt {
  readonly rule: string;
  readonly at: Instant;
  readonly counts: number;
}

export const KNOWN_FOR: number = 90 * 86_400_000;

export interface GuardedTurn {
  readonly steps: BookStep[];
  readonly failures: TurnFailures;
}

export class GuardedBatch {
  readonly #parts: GuardParts;
  readonly #steps: BookStep[];
  readonly #failures: TurnFailures;
  readonly #conclude: Conclude;
  readonly #logins: TurnLogins;

  constructor(parts: GuardParts, { steps, failures }: GuardedTurn, conclude: Conclude) {
    this.#parts = parts;
    this.#logins = new TurnLogins(parts.loginsFrom);
    this.#steps = steps;
    this.#failures = failures;
    this.#conclude = conclude;
  }

  /** Notes a line that reports a successful login. */
  success(jails: readonly Jail[], match: Match, line: number): void {
    const { ip, user, at } = match;
    const filter = jails[0]?.filter.name;
    if (ip === undefined || filter === undefined) return;
    if (at < this.#parts.clock.now() - KNOWN_FOR) return;
    const account = user ?? NAMELESS;
    if (!this.#parts.isOpen(filter)) this.#parts.quality.onLogin(ip, account, at);
    for (const jail of jails) this.#forgive(jail, { ip, account, filter });
    const seen = { ...match, ip, account, filter, line };
    if (this.#isKnown(subjectOf(ip, LOGIN_IPV6_PREFIX), seen) || !this.#logins.notes.add(seen))
      return;
    for (const { name } of jails)
      this.#parts.stats?.count({ jail: name, rule: match.rule }, "successes", 1);
  }

  /** Returns whether another source of the same filter has already reported the login. */
  #isKnown(subject: Subject, seen: SeenLogin): boolean {
    if (connectionOf(seen) === undefined) return false;
    return this.#logins
      .at(subject)
      .some(
        ({ account, filter, lastAt: at, ports }) =>
          account === seen.account && filter === seen.filter && isSameLogin(seen, { at, ports }),
      );
  }

  /**
   * Returns whether an earlier offense of the subject waits for the rule's budget or for its records; then the failure
   * counts toward it.
   */
  waits(jail: Jail, subject: Subject, { rule, at, counts }: CountedAttempt): boolean {
    const { limits, recorded } = this.#parts;
    return (
      limits.countMore(jail, { subject, rule }, counts, at) ||
      recorded.countMore(jail.name, subject, counts, at)
    );
  }

  /** Returns the failures that count for their network now: this one unless it waits, and earlier ones that did. */
  takeProven(jail: Jail, failure: AddressFailure): readonly AddressFailure[] {
    return this.#parts.proven.take(jail, failure);
  }

  /** Returns whether someone has logged in from the subject, with an account that not anybody can register. */
  hasLogins(subject: Subject): boolean {
    return this.#userLogins(subject).length > 0;
  }

  #userLogins(subject: Subject): readonly Login[] {
    return this.#logins.at(subject).filter(({ filter }) => !this.#parts.isOpen(filter));
  }

  /**
   * Returns whether the failure is one for an account that has logged in from there, at a service at which anybody can
   * register: then the login exempts nothing else.
   */
  isOwnAccount(
    { filter }: Jail,
    { subject, user }: Pick<CountedFailure, "subject" | "user">,
  ): boolean {
    if (user === undefined || !this.#parts.isOpen(filter.name)) return false;
    const logins = this.#logins.at(subject);
    return logins.some((one) => one.filter === filter.name && one.account === user);
  }

  /** Returns whether a detector was wrong too often to ban. `because`: the reason of what it found. */
  isDemoted({ name }: Jail, because: string): boolean {
    return this.#parts.quality.isDemoted(name, because, this.#parts.clock.now());
  }

  /** Returns who has logged in from the network, or is logged in there; undefined: nobody. For display. */
  findUserIn(network: Subject, keyLogin: number): string | undefined {
    const logins = [...this.#logins.notes.within(network), ...this.#parts.loginsFrom(network)];
    const [present] = this.#parts.presences(network, keyLogin, logins);
    if (present !== undefined) return formatPresence(present);
    const [login] = logins;
    return login && `${login.account} has logged in from ${login.ip}`;
  }

  /**
   * Checks the threshold after `count` failures reached maxretry. Returns how many make the offense; undefined: the
   * subject's threshold is higher, and the window continues counting.
   */
  checkThreshold(jail: Jail, subject: Subject, count: number): number | undefined {
    const logins = this.#logins.at(subject);
    if (logins.length === 0) return count;
    const { clock, emit } = this.#parts;
    const { maxretry, shared } = jail.config;
    const open = this.#failures.of(jail.name, subject);
    const newest = Math.max(0, ...open.map(({ at }) => at));
    const failures = open.filter(({ at }) => at >= newest - jail.config.findtime);
    const accounts = countAccounts(logins, clock.now());
    const typing = typingAccount(failures, logins, jail.filter.name);
    const raised = raisedThreshold(
      { maxretry, shared },
      { accounts, typing, besieged: jail.weights.isLenient && this.hasLogins(subject) },
    );
    if (raised === undefined) return count;
    const fresh = !jail.window.isExtended(subject);
    const counted = fresh ? jail.window.extend(subject, failures, maxretry * SHARED_TIMES) : count;
    if (counted === undefined || counted >= raised.failures) return counted ?? count;
    const { failures: of, because: reason } = raised;
    if (fresh) emit({ event: "threshold-raised", jail: jail.name, ip: subject, of, reason });
    return undefined;
  }

  /** Reviews a decision to ban. */
  review(jail: Jail, decision: Decision, offense: Reviewed): GuardedDecision {
    if (decision.kind === "ignore") return decision;
    const { limits, clock } = this.#parts;
    const { ban } = decision;
    const stopped = limits.stopped(jail.name, ban.rule);
    if (stopped !== undefined) return stopped;
    const logins = this.#logins.at(ban.subject);
    const exemption = this.#tryExempt(jail, ban, logins);
    if (exemption.decision !== undefined) return exemption.decision;
    const unrecorded = this.#reviewRecords(jail, ban, offense);
    if (unrecorded !== undefined) return unrecorded;
    const accounts = countAccounts(logins, clock.now());
    const shared = softenShared(this.#parts, jail, decision, accounts);
    if (shared?.kind === "ignore") return shared;
    // Only these stop a rule: with accounts that anybody can register, an attacker would stop it for all.
    const names = new Set(this.#userLogins(ban.subject).map(({ account }) => account));
    const facts = { ...offense, failures: ban.failures, accounts: [...names] };
    const refused = limits.admit(jail, ban, facts, this.#conclude);
    if (refused !== undefined) return refused;
    const soft = shared?.ban ?? ban;
    const note = exemption.expired === undefined ? "" : `; ${exemption.expired}`;
    return { ...decision, ban: { ...soft, reason: `${soft.reason}${note}` } };
  }

  #reviewRecords(jail: Jail, ban: Ban, { at, found }: Reviewed): GuardedDecision | undefined {
    const since = found?.needed === undefined ? at - jail.config.findtime : 0;
    const listFailures = (): readonly CountedFailure[] =>
      this.#failures.of(jail.name, ban.subject).filter((one) => one.at >= since);
    return this.#parts.recorded.review(jail, { ban, at, listFailures, found }, this.#conclude);
  }

  /** Returns the logins to be committed with the batch. */
  finish(): readonly BookStep[] {
    return this.#logins.notes.steps();
  }

  /** Returns a decision to ignore while a user is logged in there, until the allowance ends. */
  #tryExempt(jail: Jail, ban: Ban, logins: readonly Login[]): Exemption {
    const { clock, emit, allowances, presences } = this.#parts;
    const { lockout_guard: length, key_login: keyLogin } = jail.config;
    if (length === 0) return {};
    const here = presences(ban.subject, keyLogin, logins);
    const [first] = here;
    if (first === undefined) return {};
    const now = clock.now();
    const evidence = formatPresence(first);
    const before = allowances.of(jail.name, ban.subject);
    const verdict = judgeAllowance(before, { length, loginAt: newestOf(here) }, now);
    if (verdict.kind === "off") return {};
    if (verdict.kind === "over") return { expired: `${evidence}, but ${verdict.reason}` };
    const { jail: name, subject } = ban;
    const { allowance, until } = verdict;
    allowances.give({ ...allowance, jail: name, subject, until, evidence }, now);
    const { offenses } = allowance;
    if (!this.#parts.isOpen(jail.filter.name))
      this.#parts.quality.noteGuarded(ban, first.account, now);
    emit({
      event: "lockout-guarded",
      jail: name,
      ip: subject,
      reason: evidence,
      offenses: offenses,
      until,
    });
    return { decision: { kind: "ignore", reason: "logged-in", entry: evidence } };
  }

  /**
   * Forgives the failures of a known user who mistyped and then logged in. Failures of others from there still count.
   */
  #forgive(jail: Jail, { ip, account, filter }: Known): void {
    const allowed = this.#parts.allow.listOf(jail.name);
    const subject = countedSubject(ip, jail.config, allowed);
    if (jail.window.countOf(subject, instant(0)) === 0) return;
    const failures = this.#failures.of(jail.name, subject);
    const theirs = failures.filter(({ user }) => user === account);
    const [first] = theirs;
    if (first === undefined) return;
    const logins = this.#logins.at(subject);
    if (!hasLoggedInBefore({ account, filter, at: first.at }, logins)) return;
    jail.window.forget(subject);
    for (const { user, at, weight } of failures) {
      if (user !== account) jail.window.observe(subject, at, weight);
    }
    this.#steps.push({ kind: "forgiven", subject, jail: jail.name, account });
    const count = theirs.reduce((sum, { weight }) => sum + weight, 0);
    const { emit } = this.#parts;
    emit({ event: "failures-forgiven", jail: jail.name, ip: subject, user: account, count });
  }
}

type Reviewed = Pick<WaitingOffense, "at" | "found">;

type Known = Pick<SeenLogin, "ip" | "account" | "filter">;

interface Exemption {
  readonly decision?: GuardedDecision;
  /** The logged-in user, and why the login no longer exempts. */
  readonly expired?: string;
}
