/**
 * Opens the record, creates and starts the parts (`create-parts.ts`), and owns their lifetimes. Start-up is a reload
 * from nothing (`live-config.ts`).
 */
import { type Config, enabledJails } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { SpareMemory } from "../host/process/spare-memory.ts";
import type { Emit } from "../telemetry/events.ts";
import type { Histogram } from "../telemetry/histogram.ts";
import type { Allow } from "../pipeline/allow/allow.ts";
import { type CompiledJail, compileJails } from "../jails/compile-jails.ts";
import { createParts, type Opened, type Parts } from "./create-parts.ts";
import type { DaemonPorts } from "./daemon-ports.ts";
import type { DriftWatch } from "../health/drift-watch.ts";
import type { BanKey } from "../firewall/ban-key.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { Lists } from "../lists/lists.ts";
import type { Guards } from "../pipeline/guards/guards.ts";
import { ROUND_INTERVAL_MS } from "./housekeeping.ts";
import type { ForwardingPeers } from "../pipeline/forwarding-peers.ts";
import type { IgnoredOffenses } from "../pipeline/ignored-offenses.ts";
import type { WatchedJail } from "../health/jail-check.ts";
import type { Adjustable, LiveConfigOptions } from "./live-config.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { Loaded } from "../jails/load-all.ts";
import { saveWeights } from "../pipeline/saved-weights.ts";
import type { Notices } from "../notify/notices.ts";
import { openBeforeParts } from "./open-before-parts.ts";
import type { Proofs } from "../health/proofs.ts";
import type { Proving } from "./proving.ts";
import { pruneBook } from "./prune-book.ts";
import type { RunningConfig } from "../pipeline/running-config.ts";
import type { RunningSources } from "../pipeline/sources/running-sources.ts";
import { systemPorts } from "./system-ports.ts";
import type { SelfTest } from "../health/canary/verify.ts";

export interface DaemonOptions {
  readonly load: LiveConfigOptions["load"];
  readonly emit: Emit;
  /** Default: those of this machine. */
  readonly ports?: DaemonPorts;
  /** Called once, when everything is set up and before the first line is read. */
  readonly beforeReading?: (daemon: Daemon) => void;
  /** Called after the state of some jail changed. */
  readonly onStatesChanged?: (daemon: Daemon) => void;
}

export interface Daemon extends RunningConfig, AsyncDisposable {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly firewall: Firewall;
  readonly lists: Lists;
  /** Receives events from outside the main path, so that actions run for manual bans, too. */
  readonly emit: Emit;
  readonly proofs: Proofs;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  readonly campaigns: Pick<Parts["campaigns"], "list" | "forgotten" | "alarms" | "acknowledge">;
  /** Recent offenses of exempt addresses, which led to no ban. */
  readonly ignored: IgnoredOffenses;
  readonly forwarders: ForwardingPeers;
  /** Times from reading a line until every firewall of its jail confirmed the ban. */
  readonly banLatency: Histogram;
  /** Resolves once every check has run for the first time. */
  readonly proven: Promise<void>;
  /** Returns the jails whose state is judged: all except built-in ones whose program has no log here. */
  watched(): readonly WatchedJail[];
  statusOf(jail: LiveJail): ReturnType<RunningSources["statusOf"]>;
  /** Returns the time of the source's newest line, including lines before a restart. */
  lastLineOf: Proving["lastLineOf"];
  /** Re-reads the configuration; an invalid one changes nothing. Returns the keys that need a restart. */
  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>>;
  /** Changes the running configuration, not the files; the next reload reverts it. An invalid change is refused. */
  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>>;
  /** Shifts all stored times if the wall clock was stepped. Must be called before an order or a question takes the time. */
  checkClock(): void;
  /** Must be called after bans began or ended outside the main path. */
  onBansChanged(keys: readonly BanKey[]): Promise<void>;
  onAllowListChanged(): Promise<void>;
  /** Runs the final commands of all actions, within ten seconds; disposal does this, too. */
  closeActions(): Promise<void>;
  readonly notices: Pick<Notices, "test" | "channels">;
  /** Tests a jail end to end. Throws a CodedError if too many tests wait. */
  verify(jail: LiveJail, who: string): Promise<SelfTest>;
}

/** Number of housekeeping rounds between two runs of each rarer task. */
const NAMES_EVERY = 300_000 / ROUND_INTERVAL_MS;
const RECONCILE_EVERY = 600_000 / ROUND_INTERVAL_MS;
const PRUNE_EVERY = 3_600_000 / ROUND_INTERVAL_MS;

/** Opens the daemon. `initial`: the result of `load`, which the caller needs earlier to open the control socket. */
export async function openDaemon(
  options: DaemonOptions,
  initial: Loaded,
): Promise<Result<Daemon, readonly Problem[]>> {
  const compiled = compileJails(enabledJails(initial.config), initial, []);
  if (compiled.problems.length > 0) return fail(compiled.problems);
  const { ports = systemPorts(), load } = options;
  const opened = await openBeforeParts(options.emit, ports, initial);
  const parts = createParts({ ports, load, initial, opened, emit: opened.actions.emit });
  const daemon = new RunningDaemon(options, ports, opened, parts);
  await daemon.start(compiled.jails);
  return ok(daemon);
}

class RunningDaemon implements Daemon {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly ignored: IgnoredOffenses;
  readonly forwarders: ForwardingPeers;
  readonly banLatency: Histogram;
  readonly lists: Lists;
  readonly proofs: Proofs;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  readonly campaigns: Parts["campaigns"];
  readonly emit: Emit;
  readonly notices: Notices;
  proven: Promise<void> = Promise.resolve();
  readonly #options: DaemonOptions;
  readonly #ports: DaemonPorts;
  readonly #opened: Opened;
  readonly #parts: Parts;
  #zone: string | undefined;
  #memory: SpareMemory | undefined;

  constructor(options: DaemonOptions, ports: DaemonPorts, opened: Opened, parts: Parts) {
    this.#options = options;
    this.#ports = ports;
    this.#opened = opened;
    this.#parts = parts;
    this.book = parts.book;
    this.allow = parts.allow;
    this.ignored = parts.ignored;
    this.forwarders = parts.forwarders;
    this.banLatency = parts.banLatency;
    this.lists = parts.lists;
    this.proofs = parts.proving.proofs;
    this.guards = parts.guards;
    this.drift = parts.watches.drift;
    this.campaigns = parts.campaigns;
    this.emit = parts.emit;
    this.notices = opened.notices;
  }

  get config(): Config {
    return this.#parts.running.config;
  }

  get filters(): Loaded["filters"] {
    return this.#parts.running.filters;
  }

  get found(): Loaded["found"] {
    return this.#parts.running.found;
  }

  get fail2ban(): Loaded["fail2ban"] {
    return this.#parts.running.fail2ban;
  }

  get reading(): number {
    return this.#parts.running.reading;
  }

  get jails(): readonly LiveJail[] {
    return this.#parts.running.jails;
  }

  get firewall(): Firewall {
    return this.#parts.firewall;
  }

  async start(jails: readonly CompiledJail[]): Promise<void> {
    const { live, housekeeping, upkeep } = this.#parts;
    this.#zone = this.#ports.host.followTimeZone(undefined);
    await live.start(jails, () => this.#options.beforeReading?.(this));
    this.#parts.serviceChanges.use(this.jails);
    housekeeping.begin((round) => this.#runRound(round));
    // Bans that ended while no daemon ran, or that a full disk kept in the database, are not listed.
    await housekeeping.expire();
    await upkeep.watchAddresses();
    // Handles changes that came during the start.
    await upkeep.look();
    this.#parts.statsRounds.look();
    this.proven = this.#proveFirst();
  }

  /** Runs the first proofs. When every ban is in the firewall, it also releases memory that only the start needed. */
  async #proveFirst(): Promise<void> {
    const memory = await this.#ports.host.openSpareMemory();
    await this.#parts.firewall.restored;
    await this.#parts.proving.begin(() => this.#options.onStatesChanged?.(this));
    memory.giveBack();
    this.#memory = memory;
  }

  async #runRound(round: number): Promise<void> {
    const { upkeep, live } = this.#parts;
    const { clock, host } = this.#ports;
    this.#zone = host.followTimeZone(this.#zone);
    this.#memory?.giveBackIfGrown();
    await upkeep.look();
    this.ignored.save(clock.now());
    // Not awaited: a resolver that does not answer must not delay the rest.
    if (round % NAMES_EVERY === 0 || this.allow.isFailing) void upkeep.resolveNames();
    if (round % RECONCILE_EVERY === 0) await this.firewall.reconcile("periodic");
    this.campaigns.look(clock.now());
    if (round % RECONCILE_EVERY === 0) saveWeights(this.jails, this.book);
    if (round % PRUNE_EVERY === 1) await pruneBook(this.book, this.jails, clock.now());
    await live.findMissing();
    await live.followContainers();
    await this.proofs.look();
    this.#parts.statsRounds.look();
    // Releases memory that only the first checks needed.
    if (round === 1) this.#memory?.giveBack();
  }

  watched(): readonly WatchedJail[] {
    return this.#parts.live.watched();
  }

  statusOf(live: LiveJail): ReturnType<RunningSources["statusOf"]> {
    return this.#parts.live.statusOf(live);
  }

  lastLineOf(jail: WatchedJail): ReturnType<Proving["lastLineOf"]> {
    return this.#parts.proving.lastLineOf(jail);
  }

  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>> {
    return this.#parts.live.reload(who);
  }

  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>> {
    return this.#parts.live.adjust(change);
  }

  checkClock(): void {
    this.#parts.housekeeping.checkClock();
  }

  onBansChanged(keys: readonly BanKey[]): Promise<void> {
    return this.#parts.onBansChanged(keys);
  }

  async verify(live: LiveJail, who: string): Promise<SelfTest> {
    const selfTest = await this.#parts.proving.verify(live, who);
    // The code and sockets of a self-test are not needed again until the next day.
    this.#memory?.giveBack();
    return selfTest;
  }

  onAllowListChanged(): Promise<void> {
    return this.#parts.upkeep.look();
  }

  closeActions(): Promise<void> {
    return this.#opened.actions.close();
  }

  /** Stops all parts. Bans stay in the firewall until the kernel's time-outs. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { upkeep, housekeeping, proving, sources, live, asker, firewall } = this.#parts;
    // The next start cannot tell that the clock was stepped after the last round.
    housekeeping.checkClock();
    this.#parts.serviceChanges.close();
    const { actions, notices, lock } = this.#opened;
    upkeep.close();
    this.#parts.statsRounds.look();
    const looked = housekeeping.close();
    await proving.end();
    await looked;
    sources.interrupt();
    await live.close();
    await this.lists.close();
    await sources.close();
    await actions.close();
    asker.close();
    await proving.close();
    await firewall.close();
    await notices.close();
    saveWeights(this.jails, this.book);
    this.campaigns.save();
    await this.book[Symbol.asyncDispose]();
    lock?.release();
  }
}
