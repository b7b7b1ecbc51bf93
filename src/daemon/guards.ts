/**
 * What stands between an offence and a wrong ban: who is logged in there, how many live behind the address, whether the
 * failures are one known user's typing errors, and whether a rule runs wild. Gathers the facts that the pure judgements
 * of decide/ and detect/ need, and only when an offence asks: a failure below maxretry costs nothing here, a login a
 * few map operations. Owns the allowances, the budgets and the breaker.
 */
import {
  countAccounts,
  hasLoggedInBefore,
  raisedThreshold,
  SHARED_FROM,
  SHARED_TIMES,
  softenBan,
  typingAccount,
} from "../decide/shared-address.ts";
import { judgeAllowance } from "../decide/lockout-guard.ts";
import { type BanBudget, createBanBudget } from "../detect/ban-budget.ts";
import { openFailures } from "../detect/open-failures.ts";
import type { Ban } from "../domain/ban.ts";
import type { BanBook, BookStep, CountedFailure } from "../domain/ban-book.ts";
import { type Subject, subjectOf, subjectsOverlap } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import type { Decision, GuardedDecision } from "../domain/decision.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { JailName } from "../domain/jail-name.ts";
import type { Login } from "../domain/login.ts";
import type { Match } from "../domain/match.ts";
import { OBSERVED, type PortScope } from "../domain/port-scope.ts";
import { formatPresence, newestOf, type Presence } from "../domain/presence.ts";
import type { SshPeer } from "../platform/ssh-peer.ts";
import type { LiveSessions } from "../probe/live-sessions.ts";
import type { Emit } from "../telemetry/events.ts";
import { type Breaker, createBreaker, type OpenBreaker } from "./breaker.ts";
import type { CompiledJail } from "./compile-jails.ts";
import { type Allowances, createAllowances } from "./guards/allowances.ts";
import { readFilterPorts } from "./guards/filter-ports.ts";
import { createLoginNotes } from "./guards/login-notes.ts";
import type { Jail } from "./jail.ts";
import { createMemo } from "./memo.ts";

export interface GuardsOptions {
  readonly book: BanBook;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly sessions: LiveSessions;
  /** Of the SSH session the daemon itself was started in. */
  readonly ownPeer: () => SshPeer | undefined;
  /** A rule was stopped, or bans again. */
  readonly changed: () => void;
}

export interface Guards {
  readonly breaker: Breaker;
  readonly allowances: Allowances;
  /** For one batch of lines; `steps` are those it leads to, as they come. */
  batch(steps: BookStep[]): GuardedBatch;
  /** Who has logged in from there, newest first. */
  loginsFrom(subject: Subject): readonly Login[];
  /** Who is there now, or was, with a key, since `keyLogin` ago. */
  presencesAt(subject: Subject, keyLogin: number): readonly Presence[];
  /** The jails that run now: of those that close only ports to shared addresses and name none, the filter's are read. */
  use(jails: readonly CompiledJail[]): Promise<void>;
  /** A rule begins anew. */
  resetBreaker(
    which: { readonly jail?: JailName; readonly rule?: string },
    who: string,
  ): readonly OpenBreaker[];
  shift(step: number): void;
}

export interface GuardedBatch {
  /** A line that says access was granted. */
  success(jails: readonly Jail[], match: Match): void;
  /**
   * maxretry was reached with so many failures. How many make the offence; undefined: it takes more of them here, and
   * the window goes on counting.
   */
  reached(jail: Jail, subject: Subject, count: number): number | undefined;
  /** What becomes of a decision to ban. */
  review(jail: Jail, decision: Decision, at: Instant): GuardedDecision;
  /** Logins to be committed with the batch. */
  finish(): readonly BookStep[];
}

export const KNOWN_FOR: number = 90 * 86_400_000;

export function createGuards(options: GuardsOptions): Guards {
  const { book, clock, emit, sessions } = options;
  const memo = createMemo(book);
  const breaker = createBreaker(memo);
  const allowances = createAllowances(memo);
  const budgets = new Map<string, { readonly perMinute: number; readonly budget: BanBudget }>();
  let filterPorts: ReadonlyMap<JailName, PortScope> = new Map();
  let ownPeer: { readonly peer: SshPeer | undefined; readonly since: Instant } | undefined;

  function loginsFrom(subject: Subject): readonly Login[] {
    const logins = book.loginsFrom(subject, instant(clock.now() - KNOWN_FOR));
    // Of a /64 only what this part of it is known by.
    return logins.filter(({ ip }) => subjectsOverlap(ip, subject));
  }

  function presences(
    subject: Subject,
    keyLogin: number,
    logins: readonly Login[],
  ): readonly Presence[] {
    const found = [...sessions.from(subject, logins), ...operatorAt(subject)];
    if (found.length > 0) return found;
    const since = clock.now() - keyLogin;
    return logins.flatMap(({ account, ip, keyAt, filter }): readonly Presence[] =>
      keyAt === undefined || keyAt < since
        ? []
        : [{ kind: "key-login", account, from: ip, since: keyAt, by: filter }],
    );
  }

  function operatorAt(subject: Subject): readonly Presence[] {
    ownPeer ??= { peer: options.ownPeer(), since: clock.now() };
    const { peer, since } = ownPeer;
    if (peer === undefined || !subjectsOverlap(peer.ip, subject)) return [];
    if (!sessions.isEstablished(peer)) return [];
    const by = "the daemon was started in it";
    return [{ kind: "operator", account: "", from: peer.ip, since, by }];
  }

  function budgetOf(jail: Jail, rule: string): BanBudget {
    const perMinute = jail.config.bans_per_minute;
    const key = `${jail.name} ${rule}`;
    const known = budgets.get(key);
    if (known?.perMinute === perMinute) return known.budget;
    const budget = createBanBudget({ perMinute, accountsKnown: () => book.countAccounts() });
    budgets.set(key, { perMinute, budget });
    return budget;
  }

  /** An ignored decision while somebody is logged in there, as long as the allowance lasts. */
  function spare(jail: Jail, ban: Ban, logins: readonly Login[]): Spared {
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
    if (verdict.kind === "over") return { spent: `${evidence}, but ${verdict.reason}` };
    const { jail: name, subject } = ban;
    const { allowance, until } = verdict;
    allowances.give({ ...allowance, jail: name, subject, until, evidence }, now);
    const { offences } = allowance;
    emit({ event: "lockout-guarded", jail: name, ip: subject, reason: evidence, offences, until });
    return { decision: { kind: "ignore", reason: "logged-in", entry: evidence } };
  }

  function trip(jail: Jail, rule: string, reason: string): GuardedDecision {
    breaker.open({ jail: jail.name, rule, since: clock.now(), reason });
    emit({ event: "breaker-tripped", jail: jail.name, rule, reason, fix: fixOf(jail.name) });
    const detail = `rule ${rule}: ${reason}`;
    book.commit({
      steps: [{ kind: "audit", action: "breaker-tripped", who: "daemon", jail: jail.name, detail }],
      cursors: [],
    });
    options.changed();
    return { kind: "ignore", reason: "breaker-open", entry: `rule ${rule}: ${reason}` };
  }

  function batch(steps: BookStep[]): GuardedBatch {
    const notes = createLoginNotes();

    function loginsAt(subject: Subject): readonly Login[] {
      return [...notes.of(subject), ...loginsFrom(subject)];
    }

    function failuresOf(jail: Jail, subject: Subject): readonly CountedFailure[] {
      const window = { subject, jail: jail.name };
      return openFailures(window, book.windowFailures({ ...window, limit: MOST_FAILURES }), steps);
    }

    function success(jails: readonly Jail[], match: Match): void {
      const { ip, user, at, login } = match;
      const filter = jails[0]?.filter.name;
      if (ip === undefined || filter === undefined || at < clock.now() - KNOWN_FOR) return;
      const account = user ?? "?";
      for (const jail of jails) forgive(jail, { ip, account, filter });
      notes.add({ ip, account, filter, at, login });
    }

    /** A known user who mistyped and then logged in. What failed for others from there counts on. */
    function forgive(jail: Jail, { ip, account, filter }: Known): void {
      const subject = subjectOf(ip, jail.config.ipv6_prefix);
      if (jail.window.countOf(subject, instant(0)) === 0) return;
      const failures = failuresOf(jail, subject);
      const theirs = failures.filter(({ user }) => user === account);
      const [first] = theirs;
      if (first === undefined) return;
      if (!hasLoggedInBefore({ account, filter, at: first.at }, loginsAt(subject))) return;
      jail.window.forget(subject);
      for (const { user, at, weight } of failures) {
        if (user !== account) jail.window.observe(subject, at, weight);
      }
      steps.push({ kind: "forgiven", subject, jail: jail.name, account });
      const count = theirs.reduce((sum, { weight }) => sum + weight, 0);
      emit({ event: "failures-forgiven", jail: jail.name, ip: subject, user: account, count });
    }

    function reached(jail: Jail, subject: Subject, count: number): number | undefined {
      const logins = loginsAt(subject);
      if (logins.length === 0) return count;
      const { maxretry, shared } = jail.config;
      const open = failuresOf(jail, subject);
      const newest = Math.max(0, ...open.map(({ at }) => at));
      const failures = open.filter(({ at }) => at >= newest - jail.config.findtime);
      const accounts = countAccounts(logins, clock.now());
      const typing = typingAccount(failures, logins, jail.filter.name);
      const raised = raisedThreshold({ maxretry, shared }, { accounts, typing });
      if (raised === undefined) return count;
      const fresh = !jail.window.isExtended(subject);
      const counted = fresh
        ? jail.window.extend(subject, failures, maxretry * SHARED_TIMES)
        : count;
      if (counted === undefined || counted >= raised.failures) return counted ?? count;
      const { failures: of, because: reason } = raised;
      if (fresh) emit({ event: "threshold-raised", jail: jail.name, ip: subject, of, reason });
      return undefined;
    }

    function review(jail: Jail, decision: Decision, at: Instant): GuardedDecision {
      if (decision.kind === "ignore") return decision;
      const { ban } = decision;
      const stopped = breaker.spares(jail.name, ban.rule);
      if (stopped !== undefined) {
        const entry = `rule ${ban.rule}: ${stopped.reason}`;
        return { kind: "ignore", reason: "breaker-open", entry };
      }
      const logins = loginsAt(ban.subject);
      const spared = spare(jail, ban, logins);
      if (spared.decision !== undefined) return spared.decision;
      const accounts = countAccounts(logins, clock.now());
      const { shared, bantime } = jail.config;
      if (accounts >= SHARED_FROM && shared === "report") {
        emit({ event: "shared-address", jail: jail.name, ip: ban.subject, accounts });
        const entry = `${accounts} accounts have logged in from there in the last 30 days`;
        return { kind: "ignore", reason: "shared-address", entry };
      }
      const ports = filterPorts.get(jail.name) ?? OBSERVED;
      if (accounts >= SHARED_FROM && shared === "ports" && decision.kind === "extend") {
        const current = book.ban(jail.name, ban.subject);
        // As narrow as it was meant to be.
        if (current?.scope === ports)
          return { kind: "ignore", reason: "already-banned", entry: current.reason };
      }
      const names = [...new Set(logins.map(({ account }) => account))];
      const reason = budgetOf(jail, ban.rule).spend({ subject: ban.subject, at, accounts: names });
      if (reason !== undefined) return trip(jail, ban.rule, reason);
      const soft =
        accounts >= SHARED_FROM && decision.kind === "ban"
          ? softenBan(ban, shared, { accounts, bantime, ports })
          : ban;
      const note = spared.spent === undefined ? "" : `; ${spared.spent}`;
      return { ...decision, ban: { ...soft, reason: `${soft.reason}${note}` } };
    }

    return { success, reached, review, finish: () => notes.steps() };
  }

  return {
    breaker,
    allowances,
    batch,
    loginsFrom,
    presencesAt: (subject, keyLogin) => presences(subject, keyLogin, loginsFrom(subject)),
    async use(jails) {
      filterPorts = await readFilterPorts(jails);
    },
    resetBreaker(which, who) {
      const closed = breaker.reset(which);
      for (const { jail, rule, reason } of closed) {
        budgets.delete(`${jail} ${rule}`);
        emit({ event: "breaker-reset", jail, rule, who });
        const detail = `rule ${rule}: ${reason}`;
        book.commit({
          steps: [{ kind: "audit", action: "breaker-reset", who, jail, detail }],
          cursors: [],
        });
      }
      if (closed.length > 0) options.changed();
      return closed;
    },
    shift(step) {
      allowances.shift(step);
      for (const { budget } of budgets.values()) budget.shift(step);
    },
  };
}

/** Failures of one subject that are looked at when it has reached maxretry: three times the largest maxretry. */
const MOST_FAILURES = 3000;

interface Known {
  readonly ip: Ip;
  readonly account: string;
  readonly filter: string;
}

interface Spared {
  readonly decision?: GuardedDecision;
  /** Who is logged in there, and why that no longer helps. */
  readonly spent?: string;
}

/** What to do about an open breaker. */
export function fixOf(jail: JailName): string {
  return `look at bailiff bans --jail ${jail}, mend the rule or the log, then: bailiff breaker reset ${jail}`;
}
