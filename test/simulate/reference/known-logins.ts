import type { Happening, JailPolicy } from "../happenings.ts";
import type { Failure, FailureWindow } from "./failure.ts";
import type { FailureWindows } from "./failure-windows.ts";
import { type Network, overlaps } from "./network.ts";
import {
  BREAKER,
  CLOCK_TOLERANCE,
  GUARD,
  KEY_LOGIN,
  KNOWN_ACCOUNT_FACTOR,
  SHARED,
  SLACK,
  SOURCE_NAMED_WITHIN,
} from "./promises.ts";
import type { Rule } from "./rules.ts";
import { SureOffenses } from "./sure-offenses.ts";
import { mayReach, mustReach } from "./thresholds.ts";
import type { World } from "./world.ts";

interface KnownAddress {
  readonly network: Network;
  /** Time at which each account's latest login became readable. */
  readonly accounts: Map<string, number>;
  /** Time at which each account's first login became readable. */
  readonly firstLogins: Map<string, number>;
  /** Open sessions of each account, with the time at which each began. */
  readonly sessions: Map<string, number[]>;
  /** When a user last was, or may have been, logged in from there. */
  lastSeen: number;
}

/** Allowance of a subject in a jail: when its first offense may, and must, have been seen. */
interface Allowance {
  readonly mayBegin: number;
  mustBegin: number | undefined;
  failures: number;
  readonly offenses: SureOffenses;
}

const MAX_ADDRESSES = 1_000;

/**
 * Tracks who has logged in from where, and what that changes. Sources: docs/operating.md, Guards;
 * docs/adr/0012-guards.md.
 */
export class KnownLogins {
  readonly #world: World;
  readonly #windows: FailureWindows;
  readonly #addresses = new Map<string, KnownAddress>();
  readonly #allowances = new Map<string, Allowance>();
  /** Subjects with logins that offended since the breaker was last reset. */
  readonly #offenders = new Set<string>();
  /** By jail: bans of addresses from which users log in, with their log times. */
  readonly #bannedKnown = new Map<string, { at: number; users: string[] }[]>();

  constructor(world: World, windows: FailureWindows) {
    this.#world = world;
    this.#windows = windows;
  }

  happened(happening: Happening): void {
    switch (happening.kind) {
      case "login":
        if (happening.outcome === "succeeded") this.#address(happening.ip).lastSeen = happening.at;
        return;
      case "readable":
        if (!happening.again) this.#noteLogin(happening.id);
        break;
      case "session-opened":
        this.#openSession(happening.ip, happening.user);
        return;
      case "session-ended":
        this.#address(happening.ip).sessions.get(happening.user)?.pop();
        return;
      case "command":
        if (happening.command !== "reset-breaker") return;
        this.#offenders.clear();
        this.#bannedKnown.clear();
        this.#forgetOffenses();
        return;
      case "configured":
      case "stopped":
      case "crashed":
      case "clock":
        this.#forgetOffenses();
        break;
      case "started":
      case "forged":
      case "lost":
      case "source-broken":
      case "source-mended":
      case "firewall":
      case "btmp":
      case "disk-full":
      case "disk-free":
        break;
    }
    for (const { window, failure } of this.#windows.added) this.#noteOffense(window, failure);
  }

  /** Forgets how many offenses were exempt: no page says which of them a daemon still counts. */
  #forgetOffenses(): void {
    for (const { offenses } of this.#allowances.values()) offenses.forget();
  }

  /** Reports whether these failures must lead to a ban, despite logins. */
  mustBan(policy: JailPolicy, { key, subject, failures }: FailureWindow): boolean {
    if (!mustReach(failures, policy.maxRetry, policy.findTime)) return false;
    const known = this.#knownOf(subject);
    if (known.length === 0) return true;
    const threshold = policy.maxRetry * SHARED.factor;
    const { now } = this.#world;
    const mayBeIn = known.some(
      ({ lastSeen, sessions }) => hasSession(sessions) || lastSeen > now - KEY_LOGIN - SLACK,
    );
    if (!mayBeIn) return mustReach(failures, threshold, policy.findTime);
    const allowance = this.#allowances.get(key);
    if (allowance?.mustBegin === undefined || now > allowance.mayBegin + GUARD.again) return false;
    const end = allowance.mustBegin + (policy.lockoutGuard ?? GUARD.time) + SOURCE_NAMED_WITHIN;
    const spentAt = allowance.offenses.reachedAt ?? Infinity;
    return mustReach(failures, threshold, policy.findTime, Math.min(end, spentAt));
  }

  /** Returns the rule of the guard that must have prevented a ban; undefined: none. */
  mustSpare(policy: JailPolicy, { key, subject, failures }: FailureWindow): Rule | undefined {
    const { now } = this.#world;
    const known = this.#knownOf(subject);
    if (known.length === 0) return undefined;
    const allowance = this.#allowances.get(key);
    if (allowance !== undefined && allowance.failures < GUARD.failures) {
      const guard = policy.lockoutGuard ?? GUARD.time;
      const wasIn = (times: number[]) =>
        times.some((openedAt) => openedAt < allowance.mayBegin - SOURCE_NAMED_WITHIN);
      if (
        now < allowance.mayBegin + guard - SLACK &&
        known.some(({ sessions }) => [...sessions.values()].some(wasIn))
      ) {
        return "banned-while-logged-in";
      }
    }
    const [place] = known;
    if (subject.family === 6 || place === undefined) return undefined;
    const isRecorded = (at: number) =>
      at < now - SOURCE_NAMED_WITHIN && at > now - SHARED.within + SLACK;
    const accounts = new Set(
      [...place.accounts].filter(([, at]) => isRecorded(at)).map(([user]) => user),
    );
    const most = mayReach(failures, policy.findTime);
    if (accounts.size >= SHARED.accounts && most < policy.maxRetry * SHARED.factor) {
      return "shared-address-banned";
    }
    const [user] = new Set(failures.map((failure) => failure.user));
    if (user === undefined || !failures.every((failure) => failure.user === user)) return undefined;
    // Failures before the account's first login may be a guesser's.
    const first = place.firstLogins.get(user) ?? Infinity;
    const isKnown = accounts.has(user) && failures.every(({ low }) => low > first);
    const isOneKnown = isKnown && most < policy.maxRetry * KNOWN_ACCOUNT_FACTOR;
    return isOneKnown ? "known-account-banned" : undefined;
  }

  /** Reports whether the breaker may have stopped a rule. */
  mayHaveTripped(): boolean {
    return this.#offenders.size >= BREAKER.addresses;
  }

  /**
   * Reports whether a ban exceeds the breaker's limit: bans of addresses from which users logged in, within an hour of
   * log time. Must be called once for each ban.
   */
  mustHaveTripped(policy: JailPolicy, { subject, failures }: FailureWindow): boolean {
    const { now } = this.#world;
    const accounts = this.#knownOf(subject).flatMap((known) => [...known.accounts]);
    const users = accounts.filter(([, at]) => at < now - SOURCE_NAMED_WITHIN).map(([user]) => user);
    if (subject.family === 6 || users.length === 0 || policy.bansPerMinute === 0) return false;
    const at = Math.max(...failures.map(({ low }) => low));
    const recent = (this.#bannedKnown.get(policy.name) ?? []).filter(
      (ban) => ban.at > at - BREAKER.within + CLOCK_TOLERANCE,
    );
    recent.push({ at, users });
    this.#bannedKnown.set(policy.name, recent);
    const behind = new Set(recent.flatMap((ban) => ban.users));
    return recent.length >= BREAKER.addresses && behind.size >= BREAKER.accounts;
  }

  #knownOf(subject: Network): KnownAddress[] {
    const oldest = this.#world.now - SHARED.within - SLACK;
    return [...this.#addresses.values()].filter(
      ({ network, lastSeen, sessions }) =>
        (lastSeen > oldest || hasSession(sessions)) && overlaps(network, subject),
    );
  }

  #address(ip: string): KnownAddress {
    const network = this.#world.network(ip);
    let address = this.#addresses.get(network.key);
    if (address === undefined) {
      const [oldest] = this.#addresses.keys();
      if (this.#addresses.size >= MAX_ADDRESSES && oldest !== undefined)
        this.#addresses.delete(oldest);
      address = {
        ...{ network, accounts: new Map(), firstLogins: new Map(), sessions: new Map() },
        lastSeen: -Infinity,
      };
      this.#addresses.set(network.key, address);
    }
    address.lastSeen = this.#world.now;
    return address;
  }

  #openSession(ip: string, user: string): void {
    const { sessions } = this.#address(ip);
    sessions.set(user, [...(sessions.get(user) ?? []), this.#world.now]);
  }

  /** Forgives failures: "a login forgives them", so the failures of that account from there may no longer count. */
  #noteLogin(id: number): void {
    const record = this.#world.logins.get(id);
    if (record?.login.outcome !== "succeeded" || record.readIn.size === 0) return;
    const { user, ip } = record.login;
    const { accounts, firstLogins } = this.#address(ip);
    accounts.set(user, this.#world.now);
    firstLogins.getOrInsert(user, this.#world.now);
    for (const name of record.readIn) {
      const policy = this.#world.jails.get(name);
      if (policy === undefined) continue;
      const subject = this.#world.countingOf(policy, record.network).subject;
      for (const failure of this.#windows.get(name, subject)?.failures ?? [])
        forgive(failure, user);
    }
  }

  #noteOffense({ key, jail, subject, failures }: FailureWindow, failure: Failure): void {
    const policy = this.#world.jails.get(jail);
    if (policy === undefined || failures.length < policy.maxRetry) return;
    if (this.#knownOf(subject).length === 0) return;
    if (mayReach(failures, policy.findTime) < policy.maxRetry) return;
    this.#offenders.add(subject.key);
    const { now } = this.#world;
    let allowance = this.#allowances.get(key);
    if (allowance === undefined || now > allowance.mayBegin + 2 * GUARD.again) {
      allowance = {
        ...{ mayBegin: now, mustBegin: undefined, failures: 0 },
        offenses: new SureOffenses(GUARD.failures),
      };
      this.#allowances.set(key, allowance);
    }
    allowance.failures++;
    allowance.offenses.add(failure, policy.maxRetry * SHARED.factor, policy.findTime);
    if (mustReach(failures, policy.maxRetry, policy.findTime)) allowance.mustBegin ??= now;
  }
}

function forgive(failure: Failure, user: string): void {
  if (failure.user === user) failure.certain = false;
}

function hasSession(sessions: ReadonlyMap<string, readonly number[]>): boolean {
  return [...sessions.values()].some((times) => times.length > 0);
}
