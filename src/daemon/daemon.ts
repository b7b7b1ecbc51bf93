/**
 * The composition root: joins configuration, sources, the main path, the book and the firewall, and owns their
 * lifetimes. Start-up is a reload from nothing (`live-config.ts`).
 */
import { hostname } from "node:os";
import type { Config } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import type { Ip } from "../domain/ip.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { FileLock } from "../platform/file-lock.ts";
import type { NamespaceLock } from "../platform/namespace-lock.ts";
import { ownAddresses, resolveName } from "../platform/host.ts";
import { runShell } from "../platform/run-shell.ts";
import { openSpareMemory, type SpareMemory } from "../platform/spare-memory.ts";
import { followTimeZone, localOffset } from "../platform/time-zone.ts";
import type { Emit } from "../telemetry/events.ts";
import { type Allow, createAllow } from "./allow.ts";
import { type AllowUpkeep, createAllowUpkeep } from "./allow-upkeep.ts";
import { type CommandAsker, createCommandAsker } from "./ask-command.ts";
import { type CompiledJail, compileJails } from "./compile-jails.ts";
import type { DriftWatch } from "./drift-watch.ts";
import type { BlockKey, Enforcement } from "./enforcement.ts";
import { createFirewall, type Firewall } from "./firewall.ts";
import { createLineFollower, type LineFollower } from "./follow-lines.ts";
import type { Guards } from "./guards.ts";
import { createHousekeeping, type Housekeeping, LOOK_INTERVAL_MS } from "./housekeeping.ts";
import { createIgnoredOffenses, type IgnoredOffenses } from "./ignored-offenses.ts";
import type { WatchedJail } from "./jail-check.ts";
import { createOffenseJudge, type JudgeOptions } from "./judge-offenses.ts";
import {
  type Adjustable,
  createLiveConfig,
  enabledJails,
  type LiveConfig,
  type LiveConfigOptions,
} from "./live-config.ts";
import type { LiveJail } from "./live-jail.ts";
import type { Loaded } from "./load-all.ts";
import type { Foreign } from "./load-foreign.ts";
import { holdNetwork } from "./lock-network.ts";
import { createMemo } from "./memo.ts";
import { createNotices, type Notices } from "./notices.ts";
import { type OpenedBook, openAnyBook } from "./open-any-book.ts";
import type { Proofs } from "./proofs.ts";
import { createProving, type Proving } from "./proving.ts";
import { type Actions, createActions } from "./run-actions.ts";
import { createRunningSources, type RunningSources } from "./running-sources.ts";
import type { Watch } from "./source-plan.ts";
import type { Trial } from "./verify.ts";

export interface DaemonOptions {
  readonly load: LiveConfigOptions["load"];
  readonly clock: Clock;
  readonly emit: Emit;
  /** Name of the nftables table; tests use their own. */
  readonly table?: string;
  /** Addresses of a host name; tests use their own. */
  readonly resolveName?: (name: string) => Promise<readonly Ip[]>;
  /** Called once, when all is set up and before the first line is read. */
  readonly introduce?: (daemon: Daemon) => void;
  /** Called after the state of any jail changed. */
  readonly statesChanged?: (daemon: Daemon) => void;
}

export interface Daemon extends AsyncDisposable {
  readonly config: Config;
  readonly book: BanBook;
  readonly allow: Allow;
  readonly enforcement: Enforcement;
  readonly jails: readonly LiveJail[];
  /** Why nothing is enforced although it should be. */
  readonly firewallMissing: string | undefined;
  readonly enforcerName: string;
  /** Tells of what is done to the daemon from outside, so that actions learn of bans made by hand. */
  readonly emit: Emit;
  readonly proofs: Proofs;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  /** Offenses of exempt addresses. */
  readonly ignored: IgnoredOffenses;
  /** Resolves once every check has looked for the first time. */
  readonly proven: Promise<void>;
  /** Jails that are judged: a built-in one whose program leaves no log here is no blind jail. */
  watched(): readonly WatchedJail[];
  statusOf(jail: LiveJail): ReturnType<RunningSources["statusOf"]>;
  /** When the jail's source had its last line, over restarts. */
  lastLineOf: Proving["lastLineOf"];
  /** Re-reads the configuration; a bad one changes nothing. */
  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>>;
  /** How often the configuration was read: what `adjust` changed belongs to one reading. */
  readonly reading: number;
  /** What the present configuration took from a fail2ban directory. */
  readonly foreign: Foreign | undefined;
  readonly filters: Loaded["filters"];
  /** Changes what runs without a file being written; the next reload drops it. One that is wrong changes nothing. */
  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>>;
  /** To be called after bans were opened or closed from outside the main path. */
  bansChanged(keys: readonly BlockKey[]): Promise<void>;
  allowChanged(): Promise<void>;
  /** Flushes and stops every action of the jails, within ten seconds; disposal does it too. */
  endActions(): Promise<void>;
  /** Tries a jail end to end. Throws a CodedError when too many wait for their turn. */
  verify(jail: LiveJail, who: string): Promise<Trial>;
}

/** How often a round of housekeeping does the rarer things. */
const NAMES_EVERY = 300_000 / LOOK_INTERVAL_MS;
const RECONCILE_EVERY = 600_000 / LOOK_INTERVAL_MS;
const PRUNE_EVERY = 3_600_000 / LOOK_INTERVAL_MS;

/** `initial` is what `load` gave: whoever starts the daemon reads it first, to know where to listen. */
export async function openDaemon(
  options: DaemonOptions,
  initial: Loaded,
): Promise<Result<Daemon, readonly Problem[]>> {
  const compiled = compileJails(enabledJails(initial.config), initial, []);
  if (compiled.problems.length > 0) return fail(compiled.problems);
  const network = await holdNetwork(enabledJails(initial.config), {
    state: initial.config.daemon.state,
    table: options.table,
    emit: options.emit,
  });
  const opened = await openAnyBook(initial.config, options).catch((error: unknown) => {
    network?.release();
    throw error;
  });
  const { clock } = options;
  const notices = createNotices({ emit: options.emit, clock, host: hostname() });
  const actions = createActions({ book: opened.book, clock, emit: notices.emit, runShell });
  const observed = { ...options, emit: actions.emit };
  const running = new RunningDaemon(observed, initial, { ...opened, notices, actions, network });
  await running.start(compiled.jails);
  return ok(running);
}

/** They hear every event and can neither veto nor delay what it tells of. */
interface Observers {
  readonly notices: Notices;
  readonly actions: Actions;
}

class RunningDaemon implements Daemon {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly ignored: IgnoredOffenses;
  proven: Promise<void> = Promise.resolve();
  readonly #options: DaemonOptions;
  readonly #lock: FileLock | undefined;
  readonly #observers: Observers;
  readonly #asker: CommandAsker;
  readonly #upkeep: AllowUpkeep;
  readonly #firewall: Firewall;
  readonly #proving: Proving;
  readonly #sources: RunningSources;
  readonly #live: LiveConfig;
  #housekeeping: Housekeeping | undefined;
  #zone: string | undefined;
  #memory: SpareMemory | undefined;

  constructor(
    options: DaemonOptions,
    initial: Loaded,
    opened: OpenedBook & Observers & { readonly network: NamespaceLock | undefined },
  ) {
    const { clock, emit, table } = options;
    const { book, missing, lock, notices, actions, network } = opened;
    const parts = { book, clock, emit };
    const bansChanged = (keys: readonly BlockKey[]): Promise<void> => this.bansChanged(keys);
    this.#options = options;
    this.#lock = lock;
    this.#observers = { notices, actions };
    this.book = book;
    const { resolveName: resolve = resolveName } = options;
    const allow = createAllow({ book, ownAddresses, resolveName: resolve, emit });
    this.allow = allow;
    this.ignored = createIgnoredOffenses(createMemo(book));
    this.#asker = createCommandAsker({ ...parts, runShell });
    const jails = (): readonly LiveJail[] => this.#live.jails;
    this.#upkeep = createAllowUpkeep({
      ...{ ...parts, allow, jails, bansChanged },
      defaults: () => this.#live.config.defaults,
    });
    const changed = (): void => this.#proving.changed();
    this.#firewall = createFirewall({
      ...{ ...parts, allow, table, changed },
      ...{ state: initial.config.daemon.state, lock: network },
    });
    this.#proving = createProving({
      ...{ ...parts, allow, firewall: this.#firewall, table, bansChanged },
      recordMissing: missing,
      live: () => this.#live,
      statesChanged: () => options.statesChanged?.(this),
    });
    this.#sources = createRunningSources({
      ...parts,
      createFollower: (watches, where) => this.#createFollower(watches, where),
    });
    this.#live = createLiveConfig(
      {
        ...{ ...parts, load: options.load, upkeep: this.#upkeep, firewall: this.#firewall },
        ...{ guards: this.guards, notices, actions, sources: this.#sources },
        resumeOffenses: (reached) => createOffenseJudge(this.#judging()).resume(reached),
        introduce: () => options.introduce?.(this),
        reconfigured: () => this.#proving.lookSoon(),
      },
      initial,
    );
  }

  /** The main path of one source. */
  #createFollower(watches: readonly Watch[], where: string): LineFollower {
    const { canaries, sightings, drift, wire } = this.#proving;
    return createLineFollower(watches, {
      ...{ ...this.#judging(), localOffset, where, canaries, sightings },
      checkClock: () => this.#housekeeping?.checkClock(),
      heard: (line) => wire.heard(line),
      tallyOf: (filter) => drift.tallyOf(filter),
    });
  }

  #judging(): JudgeOptions {
    const { clock, emit } = this.#options;
    const { guards, wire } = this.#proving;
    return {
      ...{ book: this.book, allow: this.allow, clock, emit },
      ...{ guards, ignored: this.ignored, asker: this.#asker },
      chance: Math.random,
      enforce: (keys) => this.bansChanged(keys),
      stillHeard: (subject) => {
        this.#firewall.stillHeard();
        wire.bansChanged([subject]);
      },
    };
  }

  get emit(): Emit {
    return this.#options.emit;
  }

  get config(): Config {
    return this.#live.config;
  }

  get filters(): Loaded["filters"] {
    return this.#live.filters;
  }

  get foreign(): Foreign | undefined {
    return this.#live.foreign;
  }

  get reading(): number {
    return this.#live.reading;
  }

  get jails(): readonly LiveJail[] {
    return this.#live.jails;
  }

  get proofs(): Proofs {
    return this.#proving.proofs;
  }

  get guards(): Guards {
    return this.#proving.guards;
  }

  get drift(): DriftWatch {
    return this.#proving.drift;
  }

  get enforcement(): Enforcement {
    return this.#firewall.enforcement;
  }

  get enforcerName(): string {
    return this.#firewall.name;
  }

  get firewallMissing(): string | undefined {
    return this.#firewall.missing?.reason;
  }

  async start(jails: readonly CompiledJail[]): Promise<void> {
    this.#zone = followTimeZone(undefined);
    await this.#live.start(jails);
    const { clock, emit } = this.#options;
    this.#housekeeping = createHousekeeping({
      ...{ book: this.book, clock, emit },
      enforce: (keys) => this.#firewall.enforcement.sync(keys),
      clockStepped: (step) => {
        for (const { jail } of this.jails) {
          jail.window.shift(step);
          jail.read.shift(step);
        }
        this.guards.shift(step);
        this.ignored.shift(step);
      },
      look: (round) => this.#look(round),
    });
    await this.#upkeep.watchAddresses();
    // What came while the daemon started.
    await this.#upkeep.look();
    this.proven = this.#proveFirst();
  }

  /** Once every ban is in the firewall, most of what start-up took is not needed again. */
  async #proveFirst(): Promise<void> {
    const memory = await openSpareMemory();
    await this.#firewall.restored;
    await this.#proving.begin();
    memory.giveBack();
    this.#memory = memory;
  }

  async #look(round: number): Promise<void> {
    this.#zone = followTimeZone(this.#zone);
    this.#memory?.giveBackIfGrown();
    await this.#upkeep.look();
    this.ignored.save(this.#options.clock.now());
    // Not awaited: a resolver that does not answer must not delay the rest.
    if (round % NAMES_EVERY === 0 || this.allow.isFailing) void this.#upkeep.resolveNames();
    if (round % RECONCILE_EVERY === 0) await this.#firewall.enforcement.reconcile("periodic");
    if (round % PRUNE_EVERY === 1) await this.#prune();
    await this.#live.findMissing();
    await this.proofs.look();
    // What the checks needed to get going is not needed again.
    if (round === 1) this.#memory?.giveBack();
  }

  async #prune(): Promise<void> {
    const longest = Math.max(0, ...this.jails.map(({ jail }) => jail.config.findtime));
    const now = this.#options.clock.now();
    await this.book.prune(now, instant(now - longest));
  }

  watched(): readonly WatchedJail[] {
    return this.#live.watched();
  }

  statusOf(live: LiveJail): ReturnType<RunningSources["statusOf"]> {
    return this.#live.statusOf(live);
  }

  lastLineOf(jail: WatchedJail): ReturnType<Proving["lastLineOf"]> {
    return this.#proving.lastLineOf(jail);
  }

  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>> {
    return this.#live.reload(who);
  }

  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>> {
    return this.#live.adjust(change);
  }

  async bansChanged(keys: readonly BlockKey[]): Promise<void> {
    if (keys.length === 0) return;
    this.#housekeeping?.bansChanged();
    this.#proving.wire.bansChanged(keys.map(({ subject }) => subject));
    await this.#firewall.enforcement.sync(keys);
  }

  async verify(live: LiveJail, who: string): Promise<Trial> {
    const trial = await this.#proving.verify(live, who);
    // Its code and sockets are not needed again before tomorrow.
    this.#memory?.giveBack();
    return trial;
  }

  allowChanged(): Promise<void> {
    return this.#upkeep.look();
  }

  endActions(): Promise<void> {
    return this.#observers.actions.close();
  }

  /** Bans stay in the firewall: a stopped daemon protects on, until the kernel's own time-outs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#upkeep.close();
    const looked = this.#housekeeping?.close();
    await this.#proving.end();
    await looked;
    this.#sources.interrupt();
    await this.#live.close();
    await this.#sources.close();
    await this.#observers.actions.close();
    this.#asker.close();
    await this.#proving.close();
    await this.#firewall.close();
    await this.#observers.notices.close();
    await this.book[Symbol.asyncDispose]();
    this.#lock?.release();
  }
}
