/**
 * The configuration in force and the jails it makes. `applyConfig` is the one way from one configuration to another, and all
 * that can fail happens before anything live is touched (invariant 6). Owns that there is one change at a time.
 */
import { amount } from "../domain/amount.ts";
import { enabledJails } from "../config/config.ts";
import { restartKeys } from "../config/restart-keys.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { AlarmClock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import { formatProblem, type Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { Emit } from "../telemetry/events.ts";
import type { AllowUpkeep } from "../pipeline/allow/allow-upkeep.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { type CompiledJail, compileJails } from "../jails/compile-jails.ts";
import type { SourcePort } from "./daemon-ports.ts";
import { lineScope } from "../health/evidence-scope.ts";
import type { Firewall } from "../firewall/firewall.ts";
import type { Guards } from "../pipeline/guards/guards.ts";
import { forgetLines, type Jail, keepCounts } from "../jails/jail.ts";
import type { WatchedJail } from "../health/jail-check.ts";
import { createLeftPlaces } from "./live-config/left-places.ts";
import { createMissingLogs } from "./live-config/missing-logs.ts";
import type { LiveJail } from "../pipeline/live-jail.ts";
import type { Loaded } from "../jails/load-all.ts";
import { createStateStore } from "../record/state-store.ts";
import type { Notices } from "../notify/notices.ts";
import { type ReachedWindow, restoreWindows } from "../pipeline/restore-windows.ts";
import type { Actions } from "../actions/run-actions.ts";
import type { RunningSources } from "../pipeline/sources/running-sources.ts";
import type { WritableConfig } from "../pipeline/running-config.ts";
import { tellChanges } from "./tell-changes.ts";
import { type ListDoubts, tellConfiguration } from "./tell-configuration.ts";

/** How long the first lines wait for the first look-up of the names in ignoreip. */
const FIRST_LOOKUP: Duration = duration(5000);

/** What runs, apart from the files it was read from. */
export type Adjustable = Pick<Loaded, "config" | "filters">;

export interface LiveConfigOptions {
  readonly load: () => Promise<Result<Loaded, readonly Problem[]>>;
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly upkeep: AllowUpkeep;
  readonly firewall: Firewall;
  readonly guards: Guards;
  readonly notices: Notices;
  readonly actions: Actions;
  readonly running: WritableConfig;
  readonly sources: RunningSources;
  readonly places: SourcePort;
  readonly listDoubts: ListDoubts;
  /** Decides about offenses that a restart or a reload interrupted. */
  readonly resumeOffenses: (reached: readonly ReachedWindow[]) => Promise<void>;
  /** Another configuration is in force. */
  readonly reconfigured: () => void;
}

export interface LiveConfig {
  readonly statusOf: (live: LiveJail) => ReturnType<RunningSources["statusOf"]>;
  /** Jails that are judged: a built-in one whose program leaves no log here is no blind jail. */
  readonly watched: () => readonly WatchedJail[];
  /** `introduce` is called when all is set up and the first line is about to be read. */
  start(compiled: readonly CompiledJail[], introduce: () => void): Promise<void>;
  /** Re-reads the configuration; a bad one changes nothing. Returns the keys that need a restart. */
  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>>;
  /** Changes what runs without a file being written; the next reload drops it. One that is wrong changes nothing. */
  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>>;
  /** A jail whose lines are elsewhere goes there, with all it has counted. */
  readonly relocate: (jail: Jail, newerThan: Instant, reason: string) => Promise<void>;
  /** Looks again for the lines of jails that have none. */
  findMissing(): Promise<void>;
  /** Resolves after the changes that were asked for. */
  close(): Promise<void>;
}

export function createLiveConfig(options: LiveConfigOptions): LiveConfig {
  const { book, clock, emit, load, upkeep, running, sources, places } = options;
  const leftPlaces = createLeftPlaces(createStateStore(book));
  const missingLogs = createMissingLogs(clock, () => void findMissing());
  let changing: Promise<unknown> = Promise.resolve();

  async function applyConfig(
    next: Adjustable,
    compiled: readonly CompiledJail[],
    { cause, introduce }: Entrance,
  ): Promise<void> {
    const before = running.jails;
    const found = await Promise.all(compiled.map((one) => find(one, before)));
    // Before anything of the new configuration can go wrong.
    await options.notices.become(next.config.notify.webhook);
    takeOverCounts(found, before);
    running.config = next.config;
    running.filters = next.filters;
    running.jails = found;
    await options.guards.use(found);
    // The door's list before the door: a restored ban must not get past it.
    upkeep.refresh();
    await options.firewall.openFor(enabledJails(running.config));
    introduce?.();
    await options.actions.apply(found, cause);
    // A backlog is decided at once: whom a name exempts must be known by then.
    await upkeep.awaitNames(FIRST_LOOKUP);
    await watchSources(() => {
      // Again: lines were counted until now.
      takeOverCounts(found, before);
      const fresh = found
        .map(({ jail }) => jail)
        .filter((jail) => !before.some((old) => old.jail === jail));
      return options.resumeOffenses(restoreWindows(fresh, book, clock.now()));
    });
    missingLogs.watch(running.jails);
    const builtIn = running.config.autojails;
    tellChanges({ before, after: found, builtIn, whereOf }, emit);
    await upkeep.lift();
    void upkeep.resolveNames();
  }

  async function find(compiled: CompiledJail, before: readonly LiveJail[]): Promise<LiveJail> {
    const same = before.find(({ jail }) => jail === compiled.jail);
    if (same?.search.source !== undefined) return same;
    const { jail, definition } = compiled;
    const left = leftPlaces.of(jail.name);
    const search = await places.find(jail, definition, clock, left === undefined ? {} : { left });
    return { ...compiled, search };
  }

  async function watchSources(prepare: () => Promise<void> | void): Promise<void> {
    const watches = running.jails.flatMap(({ jail, search }) =>
      search.source === undefined ? [] : [{ jail, source: search.source }],
    );
    await sources.applyPlan(places.plan(watches), prepare);
  }

  function statusOf(live: LiveJail): ReturnType<RunningSources["statusOf"]> {
    return sources.statusOf(live.jail);
  }

  function whereOf(live: LiveJail): string {
    return statusOf(live)?.where ?? "";
  }

  function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const result = changing.then(work);
    changing = result.catch(() => undefined);
    return result;
  }

  async function reloadNow(who: string): Promise<Result<readonly string[], readonly Problem[]>> {
    const loaded = await load();
    const problems = loaded.ok ? [] : loaded.error;
    const compiled = loaded.ok
      ? compileJails(enabledJails(loaded.value.config), loaded.value, running.jails)
      : { jails: [], problems };
    if (!loaded.ok || compiled.problems.length > 0) {
      const path = running.config.files[0] ?? "built-in defaults";
      emit({ event: "config-refused", path, problems: compiled.problems.map(formatProblem) });
      return fail(compiled.problems);
    }
    const before = running.jails;
    const needRestart = restartKeys(running.config, loaded.value.config);
    running.reading++;
    running.foreign = loaded.value.foreign;
    await applyConfig(loaded.value, compiled.jails, { cause: "reload" });
    const { config, jails } = running;
    tellConfiguration({ ...loaded.value, config }, options.listDoubts, emit);
    const changed = jails
      .filter(({ jail }) => !before.some((old) => old.jail === jail))
      .map(({ jail }) => jail.name);
    const path = config.files.join(", ") || "built-in defaults";
    emit({ event: "config-loaded", path, jails: jails.length, changed });
    options.reconfigured();
    const detail = `${path}: ${amount(changed.length, "jail")} changed`;
    book.commit({ steps: [{ kind: "audit", action: "reload", who, detail }], cursors: [] });
    return ok(needRestart);
  }

  async function adjustNow(
    change: (now: Adjustable) => Adjustable,
  ): Promise<Result<undefined, readonly Problem[]>> {
    const { config, filters, jails } = running;
    const changed = change({ config, filters });
    const compile = await loadFilterCompiler(changed.filters.values());
    const compiled = compileJails(enabledJails(changed.config), { ...changed, compile }, jails);
    if (compiled.problems.length > 0) return fail(compiled.problems);
    await applyConfig(changed, compiled.jails, { cause: "start" });
    options.reconfigured();
    return ok(undefined);
  }

  async function relocateNow(jail: Jail, newerThan: Instant, reason: string): Promise<void> {
    const live = running.jails.find((one) => one.jail === jail);
    if (live === undefined) return;
    const left = live.search.source;
    if (left?.kind !== "file" && left?.kind !== "journal") return;
    const search = await places.find(jail, live.definition, clock, { left, newerThan });
    if (search.source === undefined) return;
    leftPlaces.remember(jail.name, left);
    const from = whereOf(live);
    running.jails = running.jails.map((one) => (one === live ? { ...live, search } : one));
    await watchSources(() => forgetLines(jail));
    const to = whereOf(live);
    emit({ event: "source-moved", jail: jail.name, from, to, reason });
    const detail = `from ${from} to ${to}: ${reason}`;
    book.commit({
      steps: [{ kind: "audit", action: "source", who: "daemon", jail: jail.name, detail }],
      cursors: [],
    });
  }

  async function findMissing(): Promise<void> {
    const before = running.jails.filter(isMissing).length;
    if (before === 0) return;
    await oneAtATime(() => applyConfig(running, running.jails, { cause: "start" }));
    if (running.jails.filter(isMissing).length < before) options.reconfigured();
  }

  return {
    statusOf,
    watched: () =>
      running.jails
        .filter(({ search }) => search.source !== undefined || !running.config.autojails)
        .map((live) => ({ live, source: statusOf(live) })),
    async start(compiled, introduce) {
      await applyConfig(running, compiled, { cause: "start", introduce });
      tellConfiguration(running, options.listDoubts, emit);
    },
    reload: (who) => oneAtATime(() => reloadNow(who)),
    adjust: (change) => oneAtATime(() => adjustNow(change)),
    relocate: (jail, newerThan, reason) => oneAtATime(() => relocateNow(jail, newerThan, reason)),
    findMissing,
    async close() {
      missingLogs.close();
      await changing;
    },
  };
}

interface Entrance {
  readonly cause: "start" | "reload";
  readonly introduce?: () => void;
}

function takeOverCounts(jails: readonly LiveJail[], before: readonly LiveJail[]): void {
  for (const live of jails) {
    const old = before.find(({ jail }) => jail.name === live.jail.name);
    if (old === undefined || old.jail === live.jail) continue;
    keepCounts(live.jail, old.jail, lineScope(live) === lineScope(old) ? "same" : "other");
  }
}

function isMissing({ search }: LiveJail): boolean {
  return search.source === undefined;
}
