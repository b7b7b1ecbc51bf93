/**
 * Counts in memory, and writes the statistics to the database every few minutes. A failure to write concerns only them:
 * what was counted stays in memory, bounded, and the next save retries.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Subject } from "../domain/cidr.ts";
import type { Clock } from "../domain/clock.ts";
import { CodedError } from "../domain/errors.ts";
import type { Instant } from "../domain/instant.ts";
import type {
  Counter,
  JailRun,
  StateChange,
  Stats,
  StatsBook,
  StatsPeriod,
  StatsSeries,
} from "../domain/stats.ts";
import type { Emit } from "../telemetry/events.ts";
import { StatsAccumulator } from "../telemetry/stats/stats-accumulator.ts";
import { sqliteFailure } from "./sqlite-failure.ts";
import type { Store } from "./store.ts";
import { pruneStats } from "./tables/prune-stats.ts";
import type { OnUnreadable } from "./tables/read-rows.ts";
import { addStats, readStatesBefore, readStats } from "./tables/stats.ts";

export interface StatsRecordOptions {
  readonly store: Pick<Store, "database" | "noteUnreadable" | "writeStats">;
  readonly clock: Clock;
  readonly emit: Emit;
}

export class StatsRecord implements StatsBook {
  readonly #options: StatsRecordOptions;
  readonly #accumulator = new StatsAccumulator();
  /** The reason of the last failed save, which was reported. */
  #failure: string | undefined;

  constructor(options: StatsRecordOptions) {
    this.#options = options;
  }

  count(series: StatsSeries, counter: Counter, count: number): void {
    this.#accumulator.count(series, counter, count, this.#options.clock.now());
  }

  countTop(subject: Subject, user: string | undefined, count: number): void {
    this.#accumulator.countTop(subject, user, count, this.#options.clock.now());
  }

  noteRun(run: JailRun): void {
    this.#accumulator.noteRun(run);
  }

  noteChange(change: StateChange): void {
    this.#accumulator.noteChange(change);
  }

  save(): boolean {
    const { emit } = this.#options;
    const dropped = this.#accumulator.takeDropped();
    if (dropped > 0) emit({ event: "queue-overflowed", queue: "hours of statistics", dropped });
    const isSaved = this.#write((database) => addStats(database, this.#accumulator.stats()));
    if (isSaved) this.#accumulator.clear();
    return isSaved;
  }

  read(period: StatsPeriod): Stats {
    return this.#read((database, onUnreadable) => readStats(database, period, onUnreadable));
  }

  statesBefore(at: Instant): readonly StateChange[] {
    return this.#read((database, onUnreadable) => readStatesBefore(database, at, onUnreadable));
  }

  #read<Value>(work: (database: DatabaseSync, onUnreadable: OnUnreadable) => Value): Value {
    const { store } = this.#options;
    try {
      return work(store.database, (reason) => store.noteUnreadable("stats", reason));
    } catch (error) {
      const failure = sqliteFailure(error);
      if (failure === undefined) throw error;
      throw new CodedError("stats-unreadable", `cannot read the statistics: ${failure.reason}`, {
        hint: "protection does not depend on them; see bailiff doctor for the state of the database",
        cause: error,
      });
    }
  }

  prune(now: Instant): void {
    const { store } = this.#options;
    this.#write((database) =>
      pruneStats(database, now, (reason) => store.noteUnreadable("stats", reason)),
    );
  }

  /** Writes in one transaction, unless the store waits for the disk. Returns whether that succeeded. */
  #write(work: (database: DatabaseSync) => void): boolean {
    const { store, emit } = this.#options;
    try {
      if (!store.writeStats(work)) return false;
    } catch (error) {
      const failure = sqliteFailure(error);
      if (failure === undefined) throw error;
      const { reason } = failure;
      if (reason !== this.#failure) emit({ event: "stats-not-saved", reason });
      this.#failure = reason;
      return false;
    }
    this.#failure = undefined;
    return true;
  }
}
