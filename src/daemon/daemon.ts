/**
 * The composition root: joins configuration, sources, the main path, the book and the firewall, and owns their
 * lifetimes. Start-up is a reload from nothing: `become` is the one way from one configuration to another, and all
 * that can fail happens before anything live is touched (invariant 6).
 */
import { hostname } from "node:os";
import type { Config } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { JailName } from "../domain/jail-name.ts";
import { formatProblem, type Problem } from "../domain/problem.ts";
import type { Proof } from "../domain/proof.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { USUAL_TABLE } from "../enforce/nftables.ts";
import { ownAddresses, resolveName } from "../platform/host.ts";
import type { FileLock } from "../platform/file-lock.ts";
import { ownSshPeer } from "../platform/ssh-peer.ts";
import { runShell } from "../platform/run-shell.ts";
import { followTimeZone, localOffset } from "../platform/time-zone.ts";
import { openSpareMemory, type SpareMemory } from "../platform/spare-memory.ts";
import { createLiveSessions } from "../probe/live-sessions.ts";
import type { Emit } from "../telemetry/events.ts";
import { type Allow, createAllow } from "./allow.ts";
import { type CommandAsker, createCommandAsker } from "./ask-command.ts";
import { type CanaryWatch, createCanaryWatch } from "./canary-watch.ts";
import { type CanaryCheck, createCanaryCheck } from "./check-canary.ts";
import { createWireCheck, type WireCheck } from "./check-wire.ts";
import { createChecks } from "./checks.ts";
import { loadFilterCompiler } from "./compile-any-filter.ts";
import { type CompiledJail, compileJails } from "./compile-jails.ts";
import { createDriftWatch, type DriftWatch } from "./drift-watch.ts";
import type { BlockKey, Enforcement } from "./enforcement.ts";
import { createFailureSightings } from "./failure-sightings.ts";
import { createFirewall, type Firewall } from "./firewall.ts";
import { findSource } from "./find-sources.ts";
import { createLineFollower } from "./follow-lines.ts";
import { createGuards, type Guards } from "./guards.ts";
import { createHousekeeping, type Housekeeping, LOOK_INTERVAL_MS } from "./housekeeping.ts";
import type { Loaded } from "./load-all.ts";
import type { Foreign } from "./load-foreign.ts";
import { type OpenedBook, openAnyBook } from "./open-any-book.ts";
import { createRunningSources, type RunningSources } from "./running-sources.ts";
import { createMemo } from "./memo.ts";
import { liftAllowed } from "./lift-allowed.ts";
import { restoreWindows } from "./restore-windows.ts";
import type { Jail } from "./jail.ts";
import type { WatchedJail } from "./jail-check.ts";
import type { LiveJail } from "./live-jail.ts";
import type { LineOrigin } from "./look-at-path.ts";
import { createNotices, type Notices } from "./notices.ts";
import { type Actions, createActions } from "./run-actions.ts";
import { createProofs, type Proofs } from "./proofs.ts";
import { planSources } from "./source-plan.ts";
import { tellChanges } from "./tell-changes.ts";
import { tellForeign } from "./tell-foreign.ts";
import type { Trial, Verifier } from "./verify.ts";

export interface DaemonOptions {
  readonly load: () => Promise<Result<Loaded, readonly Problem[]>>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Name of the nftables table; tests use their own. */
  readonly table?: string;
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
  /** Resolves once every check has looked for the first time. */
  readonly proven: Promise<void>;
  /** Jails that are judged: a built-in one whose program leaves no log here is no blind jail. */
  watched(): readonly WatchedJail[];
  statusOf(jail: LiveJail): ReturnType<RunningSources["statusOf"]>;
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

/** What runs, apart from the files it was read from. */
export type Adjustable = Pick<Loaded, "config" | "filters">;

/** How often a round of housekeeping does the rarer things. */
const NAMES_EVERY = 300_000 / LOOK_INTERVAL_MS;
const RECONCILE_EVERY = 600_000 / LOOK_INTERVAL_MS;
const PRUNE_EVERY = 3_600_000 / LOOK_INTERVAL_MS;

/** `initial` is what `load` gave: whoever starts the daemon reads it first, to know where to listen. */
export async function openDaemon(
  options: DaemonOptions,
  initial: Loaded,
): Promise<Result<Daemon, readonly Problem[]>> {
  const compiled = compileJails(enabled(initial.config), initial, []);
  if (compiled.problems.length > 0) return fail(compiled.problems);
  const opened = await openAnyBook(initial.config, options);
  const { clock } = options;
  const notices = createNotices({ emit: options.emit, clock, host: hostname() });
  const actions = createActions({ book: opened.book, clock, emit: notices.emit, runShell });
  const observed = { ...options, emit: actions.emit };
  const observers = { notices, actions };
  const running = new RunningDaemon(observed, initial.config, { ...opened, ...observers });
  await running.start(initial, compiled.jails);
  return ok(running);
}

function enabled({ jails }: Config): Config["jails"] {
  return jails.filter((jail) => jail.enabled);
}

/** They hear every event and can neither veto nor delay what it tells of. */
interface Observers {
  readonly notices: Notices;
  readonly actions: Actions;
}

class RunningDaemon implements Daemon {
  readonly book: BanBook;
  readonly allow: Allow;
  readonly proofs: Proofs;
  readonly guards: Guards;
  readonly drift: DriftWatch;
  proven: Promise<void> = Promise.resolve();
  config: Config;
  jails: readonly LiveJail[] = [];
  readonly #options: DaemonOptions;
  readonly #sources: RunningSources;
  filters: Loaded["filters"] = new Map();
  foreign: Foreign | undefined;
  reading = 1;
  readonly #firewall: Firewall;
  readonly #wire: WireCheck;
  readonly #canaries: CanaryWatch;
  readonly #canary: CanaryCheck;
  #verifier: Promise<Verifier> | undefined;
  #housekeeping: Housekeeping | undefined;
  #zone: string | undefined;
  #memory: SpareMemory | undefined;
  #introduced = false;
  readonly #lock: FileLock | undefined;
  readonly #notices: Notices;
  readonly #actions: Actions;
  readonly #asker: CommandAsker;
  #changing: Promise<unknown> = Promise.resolve();
  #lookedEarly: Promise<void> = Promise.resolve();

  constructor(
    options: DaemonOptions,
    config: Config,
    { book, missing, lock, notices, actions }: OpenedBook & Observers,
  ) {
    const { clock, emit } = options;
    this.#options = options;
    this.config = config;
    const allow = createAllow({ book, ownAddresses, resolveName, emit });
    this.book = book;
    this.#lock = lock;
    this.#notices = notices;
    this.#actions = actions;
    this.#asker = createCommandAsker({ book, clock, emit, runShell });
    this.allow = allow;
    const sightings = createFailureSightings<LineOrigin>(() => {
      this.#lookedEarly = this.proofs.look();
    });
    const memo = createMemo(book);
    const canaries = createCanaryWatch(clock, memo);
    this.#canaries = canaries;
    this.#canary = createCanaryCheck({
      verify: (live, who) => this.verify(live, who),
      ...{ memo, emit, chance: Math.random },
    });
    this.#firewall = createFirewall({
      book,
      allow,
      clock,
      emit,
      table: options.table,
      // Until every check has looked once there is nothing to judge.
      changed: () => this.#memory !== undefined && this.proofs.refresh(),
    });
    this.#wire = createWireCheck({
      book,
      firewall: this.#firewall,
      clock,
      emit,
      pathOf: (name) => this.#pathOf(name),
      changed: () => this.proofs.refresh(),
    });
    const guards = createGuards({
      book,
      clock,
      emit,
      sessions: createLiveSessions({ monotonic: () => clock.monotonic() }),
      ownPeer: () => ownSshPeer(),
      changed: () => this.#memory !== undefined && this.proofs.refresh(),
    });
    this.guards = guards;
    const drift = createDriftWatch({
      ...{ memo, clock, emit, chance: Math.random },
      jails: () => this.jails,
      found: () => this.#memory !== undefined && this.proofs.refresh(),
    });
    this.drift = drift;
    this.proofs = createProofs({
      checks: createChecks({
        book,
        recordMissing: missing,
        firewall: this.#firewall,
        place: {
          clock,
          localOffset,
          relocate: (jail, newerThan, reason) => this.#relocate(jail, newerThan, reason),
        },
        flow: { memo, clock, localOffset, statusOf: (live) => this.statusOf(live) },
        canary: this.#canary,
        guards,
        drift,
        wire: this.#wire,
        path: { sightings, allow, table: options.table ?? USUAL_TABLE },
      }),
      jails: () => this.watched(),
      book,
      clock,
      emit,
      changed: () => options.statesChanged?.(this),
    });
    this.#sources = createRunningSources({
      book,
      clock,
      emit,
      createFollower: (watches, where) =>
        createLineFollower(watches, {
          book,
          allow,
          clock,
          localOffset,
          emit,
          checkClock: () => this.#housekeeping?.checkClock(),
          chance: Math.random,
          enforce: (keys) => this.bansChanged(keys),
          stillHeard: (subject) => {
            this.#firewall.stillHeard();
            this.#wire.bansChanged([subject]);
          },
          heard: (line) => this.#wire.heard(line),
          canaries,
          sightings,
          tallyOf: (filter) => drift.tallyOf(filter),
          guards,
          asker: this.#asker,
          where,
        }),
    });
  }

  /** What explains that a ban does not bite. */
  #pathOf(name: JailName): readonly Proof[] {
    const jail = this.watched().find(({ live }) => live.jail.name === name);
    return jail === undefined ? [] : this.proofs.of(jail).filter(({ link }) => link === "path");
  }

  get emit(): Emit {
    return this.#options.emit;
  }

  get enforcement(): Enforcement {
    return this.#firewall.enforcement;
  }

  get enforcerName(): string {
    return this.#firewall.name;
  }

  get firewallMissing(): string | undefined {
    return this.#firewall.missing;
  }

  async start(loaded: Loaded, jails: readonly CompiledJail[]): Promise<void> {
    this.#zone = followTimeZone(undefined);
    this.foreign = loaded.foreign;
    await this.#become(loaded, jails);
    tellForeign(loaded.foreign, this.#options.emit);
    const { book, clock, emit } = { book: this.book, ...this.#options };
    this.#housekeeping = createHousekeeping({
      book,
      clock,
      emit,
      enforce: (keys) => this.#firewall.enforcement.sync(keys),
      clockStepped: (step) => {
        for (const { jail } of this.jails) jail.window.shift(step);
        this.guards.shift(step);
      },
      look: (round) => this.#look(round),
    });
    this.proven = this.#proveFirst();
  }

  /** Once every ban is in the firewall, most of what start-up took is not needed again. */
  async #proveFirst(): Promise<void> {
    const memory = await openSpareMemory();
    await this.#firewall.enforcement.settled();
    await this.proofs.look();
    memory.giveBack();
    this.#memory = memory;
  }

  /** The one way from one configuration to another. */
  async #become(
    { config, filters }: Pick<Loaded, "config" | "filters">,
    compiled: readonly CompiledJail[],
    cause: "start" | "reload" = "start",
  ): Promise<void> {
    const before = this.jails;
    const found = await Promise.all(compiled.map((one) => this.#find(one, before)));
    // Before anything of the new configuration can go wrong.
    await this.#notices.become(config.notify.webhook);
    this.config = config;
    this.filters = filters;
    this.jails = found;
    await this.guards.use(found);
    const { clock, emit } = this.#options;
    const now = clock.now();
    // The door's list before the door: a restored ban must not get past it.
    this.#refreshAllow(now);
    await this.#firewall.openFor(enabled(config));
    const fresh = found
      .map(({ jail }) => jail)
      .filter((jail) => !before.some((old) => old.jail === jail));
    restoreWindows(fresh, this.book, now);
    this.#introduce();
    this.#actions.become(found, cause);
    await this.#watchSources();
    const whereOf = (live: LiveJail): string => this.statusOf(live)?.where ?? "";
    tellChanges({ before, after: found, builtIn: config.autojails, whereOf }, emit);
    await this.#liftAllowed();
    void this.#resolveNames();
  }

  async #find(compiled: CompiledJail, before: readonly LiveJail[]): Promise<LiveJail> {
    const same = before.find(({ jail }) => jail === compiled.jail);
    if (same?.search.source !== undefined) return same;
    const { jail, definition } = compiled;
    return { ...compiled, search: await findSource(jail, definition, this.#options.clock) };
  }

  /** A jail whose lines are elsewhere goes there, with all it has counted. */
  async #relocate(jail: Jail, newerThan: Instant, reason: string): Promise<void> {
    await this.#change(async () => {
      const live = this.jails.find((one) => one.jail === jail);
      if (live === undefined) return;
      const { clock, emit } = this.#options;
      const search = await findSource(jail, live.definition, clock, newerThan);
      if (search.source === undefined) return;
      const from = this.statusOf(live)?.where ?? "";
      this.jails = this.jails.map((one) => (one === live ? { ...live, search } : one));
      await this.#watchSources();
      const to = this.statusOf(live)?.where ?? "";
      emit({ event: "source-moved", jail: jail.name, from, to, reason });
      const detail = `from ${from} to ${to}: ${reason}`;
      this.book.commit({
        steps: [{ kind: "audit", action: "source", who: "daemon", jail: jail.name, detail }],
        cursors: [],
      });
    });
  }

  #introduce(): void {
    if (this.#introduced) return;
    this.#introduced = true;
    this.#options.introduce?.(this);
  }

  async #watchSources(): Promise<void> {
    const watches = this.jails.flatMap(({ jail, search }) =>
      search.source === undefined ? [] : [{ jail, source: search.source }],
    );
    await this.#sources.become(planSources(watches));
  }

  #refreshAllow(now: Instant): void {
    this.allow.rebuild(
      this.jails.map(({ jail }) => ({ name: jail.name, ignoreip: jail.config.ignoreip })),
      now,
    );
  }

  async #liftAllowed(): Promise<void> {
    const { clock, emit } = this.#options;
    const jails = this.jails.map(({ jail }) => jail.name);
    const now = clock.now();
    await this.bansChanged(liftAllowed({ book: this.book, allow: this.allow, jails, now, emit }));
  }

  async #resolveNames(): Promise<void> {
    if (await this.allow.resolveNames(this.#options.clock.now())) await this.#liftAllowed();
  }

  async #look(round: number): Promise<void> {
    const { clock } = this.#options;
    this.#zone = followTimeZone(this.#zone);
    this.#memory?.giveBackIfGrown();
    await this.allowChanged();
    if (round % NAMES_EVERY === 0) await this.#resolveNames();
    if (round % RECONCILE_EVERY === 0) await this.#firewall.enforcement.reconcile("periodic");
    if (round % PRUNE_EVERY === 1) {
      const longest = Math.max(0, ...this.jails.map(({ jail }) => jail.config.findtime));
      await this.book.prune(clock.now(), instant(clock.now() - longest));
    }
    if (this.jails.some(({ search }) => search.source === undefined)) {
      await this.#change(() =>
        this.#become({ config: this.config, filters: this.filters }, this.jails),
      );
    }
    await this.proofs.look();
    // What the checks needed to get going is not needed again.
    if (round === 1) this.#memory?.giveBack();
  }

  watched(): readonly WatchedJail[] {
    return this.jails
      .filter(({ search }) => search.source !== undefined || !this.config.autojails)
      .map((live) => ({ live, source: this.statusOf(live) }));
  }

  statusOf(live: LiveJail): ReturnType<RunningSources["statusOf"]> {
    return this.#sources.statusOf(live.jail);
  }

  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>> {
    return this.#change(async () => {
      const { emit, load } = this.#options;
      const loaded = await load();
      const problems = loaded.ok ? [] : loaded.error;
      const compiled = loaded.ok
        ? compileJails(enabled(loaded.value.config), loaded.value, this.jails)
        : { jails: [], problems };
      if (!loaded.ok || compiled.problems.length > 0) {
        emit({
          event: "config-refused",
          path: this.config.files[0] ?? "built-in defaults",
          problems: compiled.problems.map(formatProblem),
        });
        return fail(compiled.problems);
      }
      const before = this.jails;
      const needRestart = restartKeys(this.config, loaded.value.config);
      this.reading++;
      this.foreign = loaded.value.foreign;
      await this.#become(loaded.value, compiled.jails, "reload");
      tellForeign(loaded.value.foreign, emit);
      const changed = this.jails
        .filter(({ jail }) => !before.some((old) => old.jail === jail))
        .map(({ jail }) => jail.name);
      const path = this.config.files.join(", ") || "built-in defaults";
      emit({ event: "config-loaded", path, jails: this.jails.length, changed });
      this.#lookedEarly = this.proofs.look();
      const detail = `${path}: ${changed.length} jails changed`;
      this.book.commit({ steps: [{ kind: "audit", action: "reload", who, detail }], cursors: [] });
      return ok(needRestart);
    });
  }

  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>> {
    return this.#change(async () => {
      const changed = change({ config: this.config, filters: this.filters });
      const { filters } = changed;
      const compile = await loadFilterCompiler(filters.values());
      const compiled = compileJails(enabled(changed.config), { filters, compile }, this.jails);
      if (compiled.problems.length > 0) return fail(compiled.problems);
      for (const { jail } of compiled.jails) keepCounts(jail, this.jails);
      await this.#become(changed, compiled.jails);
      return ok(undefined);
    });
  }

  /** One change of the configuration at a time. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(work);
    this.#changing = result.catch(() => undefined);
    return result;
  }

  async bansChanged(keys: readonly BlockKey[]): Promise<void> {
    if (keys.length === 0) return;
    this.#housekeeping?.bansChanged();
    this.#wire.bansChanged(keys.map(({ subject }) => subject));
    await this.#firewall.enforcement.sync(keys);
  }

  async verify(live: LiveJail, who: string): Promise<Trial> {
    // Loaded by the first trial: it is rare.
    this.#verifier ??= import("./verify.ts").then(({ createVerifier }) =>
      createVerifier({
        ...{ book: this.book, allow: this.allow, firewall: this.#firewall },
        ...{ canaries: this.#canaries, clock: this.#options.clock, emit: this.#options.emit },
        bansChanged: (keys) => this.bansChanged(keys),
        statusOf: (jail) => this.statusOf(jail),
      }),
    );
    const verifier = await this.#verifier;
    const trial = await verifier.verify(live, who);
    this.#canary.note(live.jail.name, trial);
    this.proofs.refresh();
    // Its code and sockets are not needed again before tomorrow.
    this.#memory?.giveBack();
    return trial;
  }

  async allowChanged(): Promise<void> {
    const before = this.allow.door.entries.length;
    this.#refreshAllow(this.#options.clock.now());
    if (this.allow.door.entries.length !== before) await this.#liftAllowed();
  }

  endActions(): Promise<void> {
    return this.#actions.close();
  }

  /** Bans stay in the firewall: a stopped daemon protects on, until the kernel's own time-outs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#housekeeping?.close();
    this.proofs.close();
    await (await this.#verifier)?.close();
    await this.#sources.close();
    await this.#actions.close();
    this.#asker.close();
    this.drift.close();
    await this.#lookedEarly;
    await this.#firewall.close();
    await this.#notices.close();
    await this.book[Symbol.asyncDispose]();
    this.#lock?.release();
  }
}

/** A jail with another option is the same jail to whoever reads its numbers. */
function keepCounts(jail: Jail, before: readonly LiveJail[]): void {
  const old = before.find((live) => live.jail.name === jail.name)?.jail;
  if (old === undefined || old === jail) return;
  jail.failures = old.failures;
  jail.unrecognised = old.unrecognised;
  jail.heardAt = old.heardAt;
}

/** What a running daemon cannot change under itself. */
function restartKeys(from: Config, to: Config): readonly string[] {
  const keys = ["state", "socket", "socket_group", "log_format"] as const;
  const foreign = ["socket", "log"] as const;
  return [
    ...keys.filter((key) => from.daemon[key] !== to.daemon[key]).map((key) => `daemon.${key}`),
    ...foreign
      .filter((key) => from.fail2ban[key] !== to.fail2ban[key])
      .map((key) => `fail2ban.${key}`),
  ];
}
