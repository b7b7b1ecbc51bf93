/**
 * Holds the configuration in force and the running jails. A start, a reload and an adjustment all use `ConfigApplier`,
 * one at a time.
 */
import { isDeepStrictEqual } from "node:util";
import { amount } from "../domain/amount.ts";
import { withContainerJails } from "../config/auto-jails.ts";
import { enabledJails } from "../config/config.ts";
import { restartKeys } from "../config/restart-keys.ts";
import type { Instant } from "../domain/instant.ts";
import { formatProblem, type Problem } from "../domain/problem.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import { loadFilterCompiler } from "../jails/compile-any-filter.ts";
import { type CompiledJail, compileJails } from "../jails/compile-jails.ts";
import { forgetLines, type Jail } from "../jails/jail.ts";
import type { WatchedJail } from "../health/jail-check.ts";
import { addedRules } from "./live-config/added-rules.ts";
import { ConfigApplier, type ConfigApplierOptions } from "./live-config/config-applier.ts";
import { ContainerLabels } from "./live-config/container-labels.ts";
import { type ContainerWatch, createContainerWatch } from "./live-config/container-watch.ts";
import { createLeftPlaces, type LeftPlaces } from "./live-config/left-places.ts";
import { createMissingLogs, type MissingLogs } from "./live-config/missing-logs.ts";
import { isInContainer, type LiveJail } from "../pipeline/live-jail.ts";
import type { Loaded } from "../jails/load-all.ts";
import { createStateStore } from "../record/state-store.ts";
import type { RunningSources } from "../pipeline/sources/running-sources.ts";
import { type ListDoubts, reportConfiguration } from "./report-configuration.ts";

const BUILT_IN_DEFAULTS = "built-in defaults";

/** The part of the configuration that can be changed at run time. */
export type Adjustable = Pick<Loaded, "config" | "filters">;

export interface LiveConfigOptions
  extends Omit<ConfigApplierOptions, "leftPlaces" | "missingLogs" | "containerWatch"> {
  readonly load: () => Promise<Result<Loaded, readonly Problem[]>>;
  /** Services that containers named when the first configuration was loaded. */
  readonly labeled: Loaded["labeled"];
  readonly listDoubts: ListDoubts;
  /** Called after a new configuration took effect. */
  readonly onReconfigured: () => void;
}

export class LiveConfig {
  readonly #options: LiveConfigOptions;
  readonly #leftPlaces: LeftPlaces;
  readonly #missingLogs: MissingLogs;
  readonly #containerWatch: ContainerWatch;
  readonly #labels: ContainerLabels;
  readonly #applier: ConfigApplier;
  /** Pending changes, one after the other; never rejects. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(options: LiveConfigOptions) {
    this.#options = options;
    this.#leftPlaces = createLeftPlaces(createStateStore(options.book));
    this.#labels = new ContainerLabels(options.emit);
    this.#missingLogs = createMissingLogs(options.clock, () => void this.findMissing());
    this.#containerWatch = createContainerWatch(options.clock, () => void this.followContainers());
    this.#applier = new ConfigApplier({
      ...options,
      leftPlaces: this.#leftPlaces,
      missingLogs: this.#missingLogs,
      containerWatch: this.#containerWatch,
    });
  }

  readonly statusOf = (live: LiveJail): ReturnType<RunningSources["statusOf"]> =>
    this.#applier.statusOf(live);

  /** Returns the jails whose state is judged: all except built-in ones whose program has no log here. */
  readonly watched = (): readonly WatchedJail[] => {
    const { jails, config } = this.#options.running;
    return jails
      .filter(
        ({ jail, search }) => search.source !== undefined || !config.builtIn.includes(jail.name),
      )
      .map((live) => ({ live, source: this.statusOf(live) }));
  };

  /**
   * Applies the first configuration. `beforeReading` is called when everything is set up and before the first line is
   * read.
   */
  async start(compiled: readonly CompiledJail[], beforeReading: () => void): Promise<void> {
    const { running, listDoubts, labeled, emit } = this.#options;
    await this.#applier.apply(running, compiled, { cause: "start", beforeReading });
    await reportConfiguration(running, listDoubts, emit);
    this.#labels.use(labeled);
  }

  /** Re-reads the configuration; an invalid one changes nothing. Returns the keys that need a restart. */
  reload(who: string): Promise<Result<readonly string[], readonly Problem[]>> {
    return this.#serialize(() => this.#reload(who));
  }

  /** Changes the running configuration, not the files; the next reload reverts it. An invalid change is refused. */
  adjust(change: (now: Adjustable) => Adjustable): Promise<Result<undefined, readonly Problem[]>> {
    return this.#serialize(() => this.#adjust(change));
  }

  /** Moves a jail to the source where its lines are now; its counts stay. */
  readonly relocate = (jail: Jail, newerThan: Instant, reason: string): Promise<void> =>
    this.#serialize(() => this.#relocate(jail, newerThan, reason));

  /** Searches again for sources of jails that lack one. */
  async findMissing(): Promise<void> {
    const { running, onReconfigured } = this.#options;
    const before = running.jails.filter(lacksSource).length;
    if (before === 0) return;
    await this.#serialize(() => this.#applier.apply(running, running.jails, { cause: "start" }));
    if (running.jails.filter(lacksSource).length < before) onReconfigured();
  }

  /** Looks up the containers of jails again, and reads the log of each container that replaced another. */
  async followContainers(): Promise<void> {
    const { running } = this.#options;
    if (running.config.containers.discover) await this.#serialize(() => this.#followLabels());
    if (!running.jails.some(({ jail }) => isInContainer(jail))) return;
    await this.#serialize(() => this.#followContainers());
  }

  /** Resolves when all requested changes are done. */
  async close(): Promise<void> {
    this.#missingLogs.close();
    this.#containerWatch.close();
    await this.#changes;
  }

  #serialize<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(work);
    this.#changes = result.catch(() => undefined);
    return result;
  }

  async #reload(who: string): Promise<Result<readonly string[], readonly Problem[]>> {
    const { running } = this.#options;
    const loaded = await this.#options.load();
    if (!loaded.ok) return this.#refuse(loaded.error);
    const compiled = compileJails(enabledJails(loaded.value.config), loaded.value, running.jails);
    if (compiled.problems.length > 0) return this.#refuse(compiled.problems);
    const before = running.jails;
    const needRestart = restartKeys(running.config, loaded.value.config);
    running.reading++;
    running.fail2ban = loaded.value.fail2ban;
    running.found = loaded.value.found;
    await this.#applier.apply(loaded.value, compiled.jails, { cause: "reload" });
    this.#labels.use(loaded.value.labeled);
    await this.#reportReload(loaded.value, before, who);
    return ok(needRestart);
  }

  #refuse(problems: readonly Problem[]): Result<never, readonly Problem[]> {
    const { running, emit } = this.#options;
    const path = running.config.files[0] ?? BUILT_IN_DEFAULTS;
    emit({ event: "config-refused", path, problems: problems.map(formatProblem) });
    return fail(problems);
  }

  async #reportReload(loaded: Loaded, before: readonly LiveJail[], who: string): Promise<void> {
    const { book, emit, running, listDoubts, onReconfigured } = this.#options;
    const { config, jails } = running;
    await reportConfiguration({ ...loaded, config }, listDoubts, emit);
    const changed = jails
      .filter(({ jail }) => !before.some((old) => old.jail === jail))
      .map(({ jail }) => jail.name);
    const path = config.files.join(", ") || BUILT_IN_DEFAULTS;
    const removed = before
      .map(({ jail }) => jail.name)
      .filter((name) => !jails.some(({ jail }) => jail.name === name));
    emit({ event: "config-loaded", path, jails: jails.length, changed, removed });
    onReconfigured();
    const also = removed.length === 0 ? "" : `, ${removed.length} removed`;
    const detail = `${path}: ${amount(changed.length, "jail")} changed${also}`;
    book.recordAudit({ action: "reload", who, detail });
    for (const added of addedRules(before, jails))
      book.recordAudit({ action: "rule-added", who, detail: added });
  }

  async #adjust(
    change: (now: Adjustable) => Adjustable,
  ): Promise<Result<undefined, readonly Problem[]>> {
    const { config, filters, jails } = this.#options.running;
    const changed = change({ config, filters });
    const compile = await loadFilterCompiler(changed.filters.values());
    const compiled = compileJails(enabledJails(changed.config), { ...changed, compile }, jails);
    if (compiled.problems.length > 0) return fail(compiled.problems);
    await this.#applier.apply(changed, compiled.jails, { cause: "start" });
    this.#options.onReconfigured();
    return ok(undefined);
  }

  /** Gives each service that a running container names a jail, and removes those of containers that ended. */
  async #followLabels(): Promise<void> {
    const labeled = await this.#labels.look(this.#options.running.config);
    if (labeled === undefined) return;
    const applied = await this.#adjust(({ config, filters }) => ({
      config: withContainerJails(config, labeled.services),
      filters: new Map([...labeled.filters, ...filters]),
    }));
    if (!applied.ok) this.#refuse(applied.error);
  }

  async #followContainers(): Promise<void> {
    const { running, onReconfigured, emit } = this.#options;
    const { containers } = running.config;
    const before = running.jails;
    const contained = before.filter(({ jail }) => isInContainer(jail));
    const found = await Promise.all(
      contained.map((live) => this.#applier.findSource({ ...live, containers }, before)),
    );
    const changes = contained.flatMap((old, i) => {
      const live = found[i];
      return live === undefined || live === old ? [] : [{ old, live }];
    });
    if (changes.length === 0) return;
    const moves = changes
      .filter(({ old, live }) => !isDeepStrictEqual(old.search.source, live.search.source))
      .map(({ live }) => ({ live, from: this.#applier.whereOf(live) || "none" }));
    running.jails = before.map((old) => changes.find((one) => one.old === old)?.live ?? old);
    // Without a move the container only started or stopped.
    if (moves.length > 0) await this.#applier.watchSources(() => undefined);
    for (const { live, from } of moves) {
      const to = this.#applier.whereOf(live) || "none";
      emit({ event: "container-changed", jail: live.jail.name, from, to });
    }
    onReconfigured();
  }

  async #relocate(jail: Jail, newerThan: Instant, reason: string): Promise<void> {
    const { running, places, clock, emit, book } = this.#options;
    const live = running.jails.find((one) => one.jail === jail);
    if (live === undefined) return;
    const left = live.search.source;
    if (left?.kind !== "file" && left?.kind !== "journal") return;
    const { containers } = running.config;
    const search = await places.find({ ...live, containers }, clock, { left, newerThan });
    if (search.source === undefined) return;
    this.#leftPlaces.remember(jail.name, left);
    const from = this.#applier.whereOf(live);
    running.jails = running.jails.map((one) => (one === live ? { ...live, search } : one));
    await this.#applier.watchSources(() => forgetLines(jail));
    const to = this.#applier.whereOf(live);
    emit({ event: "source-moved", jail: jail.name, from, to, reason });
    const detail = `from ${from} to ${to}: ${reason}`;
    book.recordAudit({ action: "source", who: "daemon", jail: jail.name, detail });
  }
}

function lacksSource({ search }: LiveJail): boolean {
  return search.source === undefined;
}
