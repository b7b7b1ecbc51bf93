/**
 * The composition root: joins configuration, sources, the main path, the book and the firewall, and owns their
 * lifetimes. Start-up is a reload from nothing: `become` is the one way from one configuration to another, and all
 * that can fail happens before anything live is touched (invariant 6).
 */
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { Enforcer } from "../domain/enforcer.ts";
import { CodedError } from "../domain/errors.ts";
import type { Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { createMemoryEnforcer } from "../enforce/memory.ts";
import { openNftables } from "../enforce/nftables.ts";
import { type JailJudgement, judgeJail } from "../health/jail-state.ts";
import { followTimeZone, localOffset, ownAddresses, resolveName } from "../platform/host.ts";
import { openBook } from "../record/open-book.ts";
import type { Emit } from "../telemetry/events.ts";
import { type Allow, createAllow } from "./allow.ts";
import { describePolicy } from "./describe-policy.ts";
import { type CompiledJail, compileJails } from "./compile-jails.ts";
import { type BlockKey, createEnforcement, type Enforcement } from "./enforcement.ts";
import { findSource, type SourceSearch } from "./find-sources.ts";
import { createLineFollower } from "./follow-lines.ts";
import { createHousekeeping, type Housekeeping, LOOK_INTERVAL_MS } from "./housekeeping.ts";
import type { Loaded } from "./load-all.ts";
import { createRunningSources, type RunningSources } from "./running-sources.ts";
import { planSources } from "./source-plan.ts";
import { splitEnforcer } from "./split-enforcer.ts";

export interface DaemonOptions {
  readonly load: () => Promise<Result<Loaded, readonly Problem[]>>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Name of the nftables table; tests use their own. */
  readonly table?: string;
  /** Called once, when all is set up and before the first line is read. */
  readonly introduce?: (daemon: Daemon) => void;
}

/** A jail of the present configuration, with where its lines come from, or where they were looked for in vain. */
export interface LiveJail extends CompiledJail {
  readonly search: SourceSearch;
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
  judge(jail: LiveJail): JailJudgement;
  statusOf(jail: LiveJail): ReturnType<RunningSources["statusOf"]>;
  /** Re-reads the configuration; a bad one changes nothing. */
  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>>;
  /** To be called after bans were opened or closed from outside the main path. */
  bansChanged(keys: readonly BlockKey[]): Promise<void>;
  allowChanged(): Promise<void>;
}

/** How often a round of housekeeping does the rarer things. */
const NAMES_EVERY = 300_000 / LOOK_INTERVAL_MS;
const RECONCILE_EVERY = 600_000 / LOOK_INTERVAL_MS;
const STILL_HEARD_PAUSE_MS = 30_000;
const PRUNE_EVERY = 3_600_000 / LOOK_INTERVAL_MS;

export async function openDaemon(
  options: DaemonOptions,
): Promise<Result<Daemon, readonly Problem[]>> {
  const loaded = await options.load();
  if (!loaded.ok) return loaded;
  const compiled = compileJails(enabled(loaded.value.config), loaded.value.filters, []);
  if (compiled.problems.length > 0) return fail(compiled.problems);
  const running = new RunningDaemon(options, loaded.value.config);
  await running.start(loaded.value, compiled.jails);
  return ok(running);
}

function enabled({ jails }: Config): Config["jails"] {
  return jails.filter((jail) => jail.enabled);
}

class RunningDaemon implements Daemon {
  readonly book: BanBook;
  readonly allow: Allow;
  config: Config;
  jails: readonly LiveJail[] = [];
  firewallMissing: string | undefined;
  readonly #options: DaemonOptions;
  readonly #stop = new AbortController();
  readonly #sources: RunningSources;
  #filters: Loaded["filters"] = new Map();
  #enforcer: Enforcer;
  #enforcement: Enforcement;
  #watching: Promise<void> = Promise.resolve();
  #watchStop = new AbortController();
  #housekeeping: Housekeeping | undefined;
  #zone: string | undefined;
  #introduced = false;
  readonly #recordMissing: string | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: DaemonOptions, config: Config) {
    const { clock, emit } = options;
    this.#options = options;
    this.config = config;
    const book = openAnyBook(config, options);
    this.book = book.book;
    this.#recordMissing = book.missing;
    this.allow = createAllow({ book: this.book, ownAddresses, resolveName, emit });
    this.#enforcer = this.#memory();
    this.#enforcement = this.#enforcementOf(this.#enforcer);
    this.#sources = createRunningSources({
      book: this.book,
      clock,
      emit,
      createFollower: (watches, where) =>
        createLineFollower(watches, {
          book: this.book,
          allow: this.allow,
          clock,
          localOffset,
          emit,
          chance: Math.random,
          enforce: (keys) => this.bansChanged(keys),
          stillHeard: () => this.#stillHeard(),
          where,
        }),
    });
  }

  get enforcement(): Enforcement {
    return this.#enforcement;
  }

  get enforcerName(): string {
    return this.#enforcer.name;
  }

  async start(loaded: Loaded, jails: readonly CompiledJail[]): Promise<void> {
    this.#zone = followTimeZone(undefined);
    await this.#become(loaded, jails);
    const { book, clock, emit } = { book: this.book, ...this.#options };
    this.#housekeeping = createHousekeeping({
      book,
      clock,
      emit,
      enforce: (keys) => this.#enforcement.sync(keys),
      clockStepped: (step) => {
        for (const { jail } of this.jails) jail.window.shift(step);
      },
      look: (round) => this.#look(round),
    });
  }

  /** The one way from one configuration to another. */
  async #become({ config, filters }: Loaded, compiled: readonly CompiledJail[]): Promise<void> {
    const before = this.jails;
    const found = await Promise.all(compiled.map((one) => this.#find(one, before)));
    await this.#openFirewall(config);
    this.config = config;
    this.#filters = filters;
    this.jails = found;
    const now = this.#options.clock.now();
    this.#refreshAllow(now);
    this.#restoreWindows(before, now);
    await this.#liftAllowed();
    this.#introduce();
    await this.#watchSources();
    this.#tell(before);
    void this.#resolveNames();
  }

  async #find(compiled: CompiledJail, before: readonly LiveJail[]): Promise<LiveJail> {
    const same = before.find(({ jail }) => jail === compiled.jail);
    if (same?.search.source !== undefined) return same;
    const { jail, definition } = compiled;
    return { ...compiled, search: await findSource(jail, definition, this.#options.clock) };
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

  /** Failures of before a restart count on: the windows are rebuilt from the book (invariant 5). */
  #restoreWindows(before: readonly LiveJail[], now: Instant): void {
    const fresh = new Map(
      this.jails
        .filter(({ jail }) => !before.some((old) => old.jail === jail))
        .map(({ jail }) => [jail.name, jail]),
    );
    if (fresh.size === 0) return;
    const longest = Math.max(...[...fresh.values()].map(({ config }) => config.findtime));
    for (const { jail: name, subject, at, weight } of this.book.failuresSince(
      instant(now - longest),
    )) {
      const jail = fresh.get(name);
      if (jail !== undefined && at >= now - jail.config.findtime)
        jail.window.observe(subject, instant(Math.min(at, now)), weight);
    }
  }

  async #openFirewall(config: Config): Promise<void> {
    const wanted = enabled(config).some(({ enforcer }) => enforcer === "nftables");
    if (!wanted || this.#enforcer.enforcing) {
      if (!wanted) this.firewallMissing = undefined;
      return;
    }
    const { emit, table } = this.#options;
    const opened = await openNftables({
      ipv6Prefixes: [...new Set(enabled(config).map(({ ipv6_prefix }) => ipv6_prefix))],
      isAllowed: (subject) => this.allow.door.covers(subject) !== undefined,
      emit,
      ...(table === undefined ? {} : { table }),
    });
    this.firewallMissing = opened.ok ? undefined : opened.error;
    if (!opened.ok) {
      emit({ event: "firewall-unavailable", reason: opened.error });
      return;
    }
    await this.#useEnforcer(splitEnforcer(opened.value, this.#memory()));
  }

  async #useEnforcer(enforcer: Enforcer): Promise<void> {
    this.#watchStop.abort();
    await this.#watching;
    await this.#enforcer.close();
    this.#enforcer = enforcer;
    this.#enforcement = this.#enforcementOf(enforcer);
    this.#watchStop = new AbortController();
    const enforcement = this.#enforcement;
    // Listening begins before the restore, so that nothing done meanwhile goes unseen. Reading need not wait for it.
    this.#watching = enforcement.watch(this.#watchStop.signal);
    void enforcement.reconcile("start");
  }

  /** Looks at once whether the firewall still holds every ban, but not again and again for the same noise. */
  #stillHeard(): void {
    const { clock } = this.#options;
    if (clock.monotonic() - this.#heardAt < STILL_HEARD_PAUSE_MS) return;
    this.#heardAt = clock.monotonic();
    void this.#enforcement.reconcile("request");
  }

  #memory(): Enforcer {
    const { clock } = this.#options;
    return createMemoryEnforcer({
      isAllowed: (subject) => this.allow.door.covers(subject) !== undefined,
      clock,
    });
  }

  #enforcementOf(enforcer: Enforcer): Enforcement {
    const { clock, emit } = this.#options;
    return createEnforcement({ enforcer, book: this.book, clock, emit });
  }

  #refreshAllow(now: Instant): void {
    this.allow.rebuild(
      this.jails.map(({ jail }) => ({ name: jail.name, ignoreip: jail.config.ignoreip })),
      now,
    );
  }

  /** Whoever is allowed now is not banned any longer, however the ban came about. */
  async #liftAllowed(): Promise<void> {
    const lifted: BlockKey[] = [];
    for (const { subject, scope, jail } of [...this.book.activeBans({})]) {
      const because = this.allow.listOf(jail).covers(subject);
      if (because === undefined) continue;
      this.book.close(
        { subject, jail },
        { who: "daemon", reason: because },
        this.#options.clock.now(),
      );
      this.#options.emit({ event: "unban", jail, ip: subject, reason: because, who: "daemon" });
      lifted.push({ subject, scope });
    }
    await this.bansChanged(lifted);
  }

  #tell(before: readonly LiveJail[]): void {
    const { emit } = this.#options;
    for (const { jail } of before) {
      if (!this.jails.some((live) => live.jail.name === jail.name))
        emit({ event: "jail-stopped", jail: jail.name });
    }
    for (const live of this.jails) {
      const old = before.find(({ jail }) => jail === live.jail);
      if (old?.search.source !== undefined) continue;
      const { jail, search } = live;
      if (search.source !== undefined) {
        const source = this.statusOf(live)?.where ?? search.source.kind;
        emit({
          event: "jail-started",
          jail: jail.name,
          source,
          policy: describePolicy(jail.config),
        });
      } else if (old === undefined) {
        const reason = describeSearch(live);
        if (this.config.autojails) emit({ event: "source-waiting", source: jail.name, reason });
        else emit({ event: "jail-failed", jail: jail.name, reason });
      }
    }
  }

  async #resolveNames(): Promise<void> {
    if (await this.allow.resolveNames(this.#options.clock.now())) await this.#liftAllowed();
  }

  async #look(round: number): Promise<void> {
    const { clock } = this.#options;
    this.#zone = followTimeZone(this.#zone);
    await this.allowChanged();
    if (round % NAMES_EVERY === 0) await this.#resolveNames();
    if (round % RECONCILE_EVERY === 0) await this.#enforcement.reconcile("periodic");
    if (round % PRUNE_EVERY === 1) {
      const longest = Math.max(0, ...this.jails.map(({ jail }) => jail.config.findtime));
      await this.book.prune(clock.now(), instant(clock.now() - longest));
    }
    if (this.jails.some(({ search }) => search.source === undefined)) {
      await this.#change(() =>
        this.#become({ config: this.config, filters: this.#filters }, this.jails),
      );
    }
  }

  judge(live: LiveJail): JailJudgement {
    const source = this.statusOf(live);
    const { unavailable } = this.#enforcement.state();
    const record = this.book.status();
    return judgeJail({
      source: source?.state ?? "waiting",
      sourceReason: source === undefined ? describeSearch(live) : source.reason,
      observes: live.jail.config.enforcer === "memory",
      firewallMissing: this.firewallMissing,
      firewallTrouble: unavailable,
      recordTrouble: this.#recordMissing ?? (record.state === "ok" ? undefined : record.reason),
    });
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
        ? compileJails(enabled(loaded.value.config), loaded.value.filters, this.jails)
        : { jails: [], problems };
      if (!loaded.ok || compiled.problems.length > 0) {
        const { formatProblem } = await import("../domain/problem.ts");
        emit({
          event: "config-refused",
          path: this.config.files[0] ?? "built-in defaults",
          problems: compiled.problems.map(formatProblem),
        });
        return fail(compiled.problems);
      }
      const before = this.jails;
      const needRestart = restartKeys(this.config, loaded.value.config);
      await this.#become(loaded.value, compiled.jails);
      const changed = this.jails
        .filter(({ jail }) => !before.some((old) => old.jail === jail))
        .map(({ jail }) => jail.name);
      const path = this.config.files.join(", ") || "built-in defaults";
      emit({ event: "config-loaded", path, jails: this.jails.length, changed });
      this.book.commit({
        steps: [
          {
            kind: "audit",
            action: "reload",
            who,
            detail: `${path}: ${changed.length} jails changed`,
          },
        ],
        cursors: [],
      });
      return ok(needRestart);
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
    await this.#enforcement.sync(keys);
  }

  async allowChanged(): Promise<void> {
    const before = this.allow.door.entries.length;
    this.#refreshAllow(this.#options.clock.now());
    if (this.allow.door.entries.length !== before) await this.#liftAllowed();
  }

  /** Bans stay in the firewall: a stopped daemon protects on, until the kernel's own time-outs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#housekeeping?.close();
    await this.#sources.close();
    this.#watchStop.abort();
    await this.#watching;
    await this.#enforcer.close();
    await this.book[Symbol.asyncDispose]();
  }
}

/**
 * A host that protects without memory is better than one that does not protect: where no database can be made, the
 * book lives as long as the daemon. A database of somebody else, or of a newer version, is left alone and ends the start.
 */
function openAnyBook(
  { daemon }: Config,
  { clock, emit }: DaemonOptions,
): { readonly book: BanBook; readonly missing: string | undefined } {
  const rest = { clock, emit, retention: { audit: daemon.audit_keep, history: daemon.audit_keep } };
  try {
    return {
      book: openBook({ path: join(daemon.state, "bailiff.db"), ...rest }),
      missing: undefined,
    };
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== "record-unavailable") throw error;
    emit({ event: "record-failed", reason: error.message, unsaved: 0 });
    return { book: openBook({ path: ":memory:", ...rest }), missing: error.message };
  }
}

/** What a running daemon cannot change under itself. */
function restartKeys(from: Config, to: Config): readonly string[] {
  const keys = ["state", "socket", "socket_group", "log_format"] as const;
  return keys.filter((key) => from.daemon[key] !== to.daemon[key]).map((key) => `daemon.${key}`);
}

export function describeSearch({ search: { looked } }: LiveJail): string {
  if (looked.length === 0) return "no source is configured";
  return `no log found: ${looked.map(({ where, found }) => `${where} (${found})`).join("; ")}`;
}
