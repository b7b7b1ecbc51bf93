/**
 * Replaces the configuration of the running daemon. Everything that can fail happens before anything live is changed
 * (invariant 6). The caller serializes changes.
 */
import { isDeepStrictEqual } from "node:util";
import type { Actions } from "../../actions/run-actions.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import type { Firewall } from "../../firewall/firewall.ts";
import { lineScope } from "../../health/evidence-scope.ts";
import type { CompiledJail } from "../../jails/compile-jails.ts";
import { keepCounts } from "../../jails/jail.ts";
import type { Notices } from "../../notify/notices.ts";
import { type AllowUpkeep, FIRST_LOOKUP } from "../../pipeline/allow/allow-upkeep.ts";
import type { Lists } from "../../lists/lists.ts";
import type { CampaignWatch } from "../../pipeline/campaign-watch.ts";
import type { Guards } from "../../pipeline/guards/guards.ts";
import { isInContainer, type LiveJail } from "../../pipeline/live-jail.ts";
import { saveWeights } from "../../pipeline/saved-weights.ts";
import { type ReachedWindow, restoreWindows } from "../../pipeline/restore-windows.ts";
import type { WritableConfig } from "../../pipeline/running-config.ts";
import { watchesOf } from "../../pipeline/sources/source-plan.ts";
import type { SearchedJail } from "../../pipeline/sources/find-sources.ts";
import type { RunningSources } from "../../pipeline/sources/running-sources.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { SourcePort } from "../daemon-ports.ts";
import { reportJailChanges } from "../report-jail-changes.ts";
import type { ContainerWatch } from "./container-watch.ts";
import type { LeftPlaces } from "./left-places.ts";
import { movePorts } from "./move-ports.ts";
import type { MissingLogs } from "./missing-logs.ts";

export interface ConfigApplierOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly upkeep: AllowUpkeep;
  readonly firewall: Firewall;
  readonly lists: Lists;
  readonly guards: Guards;
  readonly campaigns: Pick<CampaignWatch, "use">;
  readonly notices: Notices;
  readonly actions: Actions;
  readonly running: WritableConfig;
  readonly sources: RunningSources;
  readonly places: SourcePort;
  readonly leftPlaces: LeftPlaces;
  readonly missingLogs: MissingLogs;
  readonly containerWatch: ContainerWatch;
  /** Decides about offenses that a restart or a reload interrupted. */
  readonly resumeOffenses: (reached: readonly ReachedWindow[]) => Promise<void>;
}

export interface Occasion {
  readonly cause: "start" | "reload";
  /** Called when everything is set up and before the first line is read. */
  readonly beforeReading?: () => void;
}

export class ConfigApplier {
  readonly #options: ConfigApplierOptions;

  constructor(options: ConfigApplierOptions) {
    this.#options = options;
  }

  async apply(
    next: Pick<WritableConfig, "config" | "filters">,
    compiled: readonly CompiledJail[],
    { cause, beforeReading }: Occasion,
  ): Promise<void> {
    const { running, book, emit, notices, guards, upkeep, firewall, lists, actions } =
      this.#options;
    const { campaigns, missingLogs, containerWatch } = this.#options;
    const before = running.jails;
    const { containers } = next.config;
    const after = await Promise.all(
      compiled.map((one) => this.findSource({ ...one, containers }, before)),
    );
    // First, so that problems of the new configuration already go to its channels.
    await notices.apply(next.config.notify);
    takeOverCounts(after, before);
    running.config = next.config;
    running.filters = next.filters;
    running.jails = after;
    await guards.use(after);
    campaigns.use(after);
    // The allow-list comes before the firewall: a restored ban must not override it.
    upkeep.refresh();
    const isMoved = movePorts(
      compiled.map(({ jail }) => jail),
      book,
      emit,
    );
    await lists.use(running.config);
    await firewall.openFor(running.config);
    lists.begin({ all: cause === "reload" });
    if (isMoved) await firewall.reconcile("request");
    beforeReading?.();
    await actions.apply(after, next.config.actions, cause);
    // Names must be resolved before reading: the backlog is read and decided immediately.
    await upkeep.awaitNames(FIRST_LOOKUP);
    await this.watchSources(() => this.#resumeCounting(after, before));
    missingLogs.watch(running.jails);
    await containerWatch.watch(running);
    const builtIn = running.config.builtIn;
    reportJailChanges(
      { before, after, builtIn, whereOf: (live) => this.whereOf(live) },
      this.#options.emit,
    );
    await upkeep.lift();
    void upkeep.resolveNames();
  }

  /** Starts the readers of all jails; `prepare` runs while no reader runs. */
  async watchSources(prepare: () => Promise<void> | void): Promise<void> {
    const { running, sources, places } = this.#options;
    const watches = watchesOf(
      running.jails.map(({ jail, search: { source } }) => ({ jail, source })),
    );
    await sources.applyPlan(places.plan(watches), prepare);
  }

  statusOf(live: LiveJail): ReturnType<RunningSources["statusOf"]> {
    return this.#options.sources.statusOf(live.jail);
  }

  whereOf(live: LiveJail): string {
    return this.statusOf(live)?.where ?? "";
  }

  /** Searches for the source of a jail. Keeps the one in use, except that a container may have another log now. */
  async findSource(searched: SearchedJail, before: readonly LiveJail[]): Promise<LiveJail> {
    const { leftPlaces, places, clock } = this.#options;
    const { jail, definition } = searched;
    const same = before.find((live) => live.jail === jail);
    const mayChange = isInContainer(jail);
    if (same?.search.source !== undefined && !mayChange) return same;
    const left = leftPlaces.of(jail.name);
    const search = await places.find(searched, clock, left === undefined ? {} : { left });
    if (same !== undefined && isDeepStrictEqual(same.search, search)) return same;
    return { jail, definition, search };
  }

  #resumeCounting(after: readonly LiveJail[], before: readonly LiveJail[]): Promise<void> {
    const { book, clock, resumeOffenses } = this.#options;
    // Copied again, because lines were counted in between.
    takeOverCounts(after, before);
    saveWeights(
      before.filter((old) => !after.some(({ jail }) => old.jail === jail)),
      book,
    );
    const changed = after
      .map(({ jail }) => jail)
      .filter((jail) => !before.some((old) => old.jail === jail));
    return resumeOffenses(restoreWindows(changed, book, clock.now()));
  }
}

function takeOverCounts(jails: readonly LiveJail[], before: readonly LiveJail[]): void {
  for (const live of jails) {
    const old = before.find(({ jail }) => jail.name === live.jail.name);
    if (old === undefined || old.jail === live.jail) continue;
    keepCounts(live.jail, old.jail, lineScope(live) === lineScope(old) ? "same" : "other");
  }
}
