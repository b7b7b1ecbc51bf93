/**
 * Prevents wrong bans. These are bans of addresses with logged-in users, of shared addresses, for a known user's typing
 * errors, and by rules that ban too much. Collects the facts for the pure judgments of detect/, and only for an
 * offense: a failure below maxretry costs nothing here, a login a few map operations. Owns the allowances and the
 * limits of rules.
 */
import type { JudgingBook } from "../../domain/judging-book.ts";
import { type Subject, subjectsOverlap } from "../../domain/cidr.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { JailName } from "../../domain/jail-name.ts";
import type { Login } from "../../domain/login.ts";
import { OBSERVED, type PortScope } from "../../domain/port-scope.ts";
import type { Presence } from "../../domain/presence.ts";
import type { SshPeer } from "../../host/logins/ssh-peer.ts";
import type { LiveSessions } from "../../host/logins/live-sessions.ts";
import type { StatsCounter } from "../../domain/stats.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { Allow } from "../allow/allow.ts";
import type { Jail } from "../../jails/jail.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import { type Allowances, createAllowances } from "./allowances.ts";
import { BanLimits } from "./ban-limits.ts";
import { type QualityOptions, QualityWatch } from "../quality-watch.ts";
import type { LoginRecords } from "../login-records.ts";
import { readFilterPorts } from "./filter-ports.ts";
import { GuardedBatch, type GuardedTurn, type GuardParts, KNOWN_FOR } from "./guarded-batch.ts";
import { ProvenFailures } from "./proven-failures.ts";
import { RecordedLogins } from "./recorded-logins.ts";
import type { Conclude } from "./waiting-offenses.ts";
import { createStateStore } from "../../record/state-store.ts";

export interface GuardsOptions {
  readonly book: JudgingBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly sessions: LiveSessions;
  readonly allow: Pick<Allow, "listOf">;
  readonly logins: LoginRecords;
  readonly stats?: StatsCounter | undefined;
  readonly campaigns?: QualityOptions["campaigns"];
  /** Returns the peer of the SSH session in which the daemon was started. */
  readonly ownPeer: () => SshPeer | undefined;
  /** Called when a rule reaches a limit, or bans without limit again. */
  readonly onChange: () => void;
}

export interface Guards {
  readonly limits: BanLimits;
  readonly allowances: Allowances;
  readonly recorded: RecordedLogins;
  /** Counts wrong bans against what decided them. */
  readonly quality: QualityWatch;
  /**
   * Creates the guards of one batch of lines, which add to `steps`. `conclude` later decides about offenses that have
   * to wait.
   */
  batch(turn: GuardedTurn, conclude: Conclude): GuardedBatch;
  /** Returns logins from the subject, newest first. */
  loginsFrom(subject: Subject): readonly Login[];
  /** Returns users who are logged in from there now, or logged in by key within `keyLogin`. */
  presencesAt(subject: Subject, keyLogin: number): readonly Presence[];
  /**
   * Sets the running jails. Reads the filter's ports for jails that close only ports to shared addresses but have none.
   */
  use(jails: readonly CompiledJail[]): Promise<void>;
  shift(step: number): void;
  close(): void;
}

export function createGuards(options: GuardsOptions): Guards {
  const { book, allow, clock, emit, stats, campaigns, onChange } = options;
  const stateStore = createStateStore(book);
  const limits = new BanLimits({ book, stateStore, clock, emit, onChange });
  const allowances = createAllowances(stateStore);
  const recorded = new RecordedLogins({ clock, logins: options.logins });
  const proven = new ProvenFailures({ clock, logins: options.logins });
  const presences = createPresenceSearch(options);
  let filterPorts: ReadonlyMap<JailName, PortScope> = new Map();
  let openFilters: ReadonlySet<string> = new Set();

  function loginsFrom(subject: Subject): readonly Login[] {
    const logins = book.loginsFrom(subject, instant(clock.now() - KNOWN_FOR));
    // Of a /64, keep only the logins from this part of it.
    return logins.filter(({ ip }) => subjectsOverlap(ip, subject));
  }

  const portsOf = (jail: JailName): PortScope => filterPorts.get(jail) ?? OBSERVED;
  const quality = new QualityWatch({
    ...{ stateStore, emit, campaigns },
    firstLogin: (account) => book.firstLogin(account),
  });
  const own = { limits, allowances, recorded, quality };
  const isOpen = (filter: string): boolean => openFilters.has(filter);
  const facts = { loginsFrom, presences, portsOf, isOpen };
  const parts = { ...own, ...facts, proven, book, allow, clock, emit, stats };
  return {
    ...own,
    batch: (turn, conclude) => new GuardedBatch(parts, turn, conclude),
    loginsFrom,
    presencesAt: (subject, keyLogin) => presences(subject, keyLogin, loginsFrom(subject)),
    async use(jails) {
      const running = jails.map(({ jail }) => jail);
      limits.use(running);
      recorded.use(running);
      proven.use(running);
      openFilters = listOpenFilters(running);
      filterPorts = await readFilterPorts(jails);
    },
    shift(step) {
      allowances.shift(step);
      limits.shift(step);
    },
    close() {
      own.quality.save();
      limits.close();
      recorded.close();
    },
  };
}

/** Finds users who are logged in, or logged in by key lately. */
function createPresenceSearch(options: GuardsOptions): GuardParts["presences"] {
  const { sessions, clock } = options;
  const operatorAt = createOperatorSearch(options);
  return (subject, keyLogin, logins) => {
    const found = [...sessions.from(subject, logins), ...operatorAt(subject)];
    if (found.length > 0) return found;
    const since = clock.now() - keyLogin;
    return logins.flatMap(({ account, ip, keyAt, filter }): readonly Presence[] =>
      keyAt === undefined || keyAt < since
        ? []
        : [{ kind: "key-login", account, from: ip, since: keyAt, by: filter }],
    );
  };
}

/** Lists the filters of services at which anybody can register an account. */
function listOpenFilters(jails: readonly Jail[]): ReadonlySet<string> {
  const open = jails.filter(({ config }) => config.detect.open_registration);
  return new Set(open.map(({ filter }) => filter.name));
}

/** Finds the administrator who started the daemon, for as long as that connection exists. */
function createOperatorSearch({
  ownPeer,
  clock,
  sessions,
}: GuardsOptions): (subject: Subject) => readonly Presence[] {
  let own: { readonly peer: SshPeer | undefined; readonly since: Instant } | undefined;
  return (subject) => {
    own ??= { peer: ownPeer(), since: clock.now() };
    const { peer, since } = own;
    if (peer === undefined || !subjectsOverlap(peer.ip, subject)) return [];
    if (!sessions.isEstablished(peer)) return [];
    const by = "the daemon was started in it";
    return [{ kind: "operator", account: "", from: peer.ip, since, by }];
  };
}
