/**
 * Runs one reader for each source. `applyPlan` makes the readers equal to a plan: a reader whose source did not change
 * continues and only gets its new jails; the others are stopped or started. A jail that is new to a log first catches
 * up to the position of its reader, and joins it there. Owns one task per source; a source that fails is restarted with
 * backoff and never disturbs another (invariant 10).
 */
import { stackOf } from "../../domain/thrown-error.ts";
import type { BanBook } from "../../domain/ban-book.ts";
import type { AlarmClock } from "../../domain/clock.ts";
import { type Duration, duration } from "../../domain/duration.ts";
import { instant } from "../../domain/instant.ts";
import type { LineSource, SourceStatus } from "../../domain/line-source.ts";
import { createBackoff } from "../../host/backoff.ts";
import type { Emit } from "../../telemetry/events.ts";
import type { LineFollower } from "../follow-lines.ts";
import type { Jail } from "../../jails/jail.ts";
import { changedReadMarks } from "../read-marks.ts";
import { type Arrivals, createArrivals, isNew, shareSessions } from "./arrivals.ts";
import { createGate, type Gate } from "./gate.ts";
import { createJournalTallies, type JournalTallies } from "./journal-tallies.ts";
import { createReaderCursors, type ReaderCursors } from "./reader-cursors.ts";
import type { PlannedSource, Watch } from "./source-plan.ts";

export interface SourcesOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly createFollower: (watches: readonly Watch[], where: string) => LineFollower;
}

interface Running {
  readonly id: string;
  source: LineSource;
  watches: readonly Watch[];
  follower: LineFollower;
  /** Lines on which rules gave up, counted by earlier followers. */
  overLimit: number;
  readonly gate: Gate;
  readonly tallies: JournalTallies;
  readonly stop: AbortController;
  done: Promise<void>;
}

export class RunningSources {
  readonly #options: SourcesOptions;
  readonly #running = new Map<string, Running>();
  readonly #cursors: ReaderCursors;
  readonly #arrivals: Arrivals;
  readonly #closing = new AbortController();

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#cursors = createReaderCursors(options.book);
    this.#arrivals = createArrivals(options.book);
  }

  /**
   * Applies a plan. `prepare` is called while no line is counted, so that new jails can take over what the old ones
   * counted.
   */
  async applyPlan(
    plan: readonly PlannedSource[],
    prepare: () => Promise<void> | void,
  ): Promise<void> {
    const wanted = new Set(plan.map(({ id }) => id));
    const gone = [...this.#running.values()].filter(({ id }) => !wanted.has(id));
    for (const { id } of gone) this.#running.delete(id);
    // An old reader must have committed its last batch before a new one may read the same place.
    await Promise.all(gone.map((reader) => this.#stop(reader)));
    const kept = [...this.#running.values()];
    await Promise.all(kept.map(({ gate }) => gate.close()));
    try {
      await prepare();
      this.#cursors.keepOnly(wanted);
      // Other jails need not wait for a jail that has to catch up.
      const settled = plan.filter((planned) => this.#arrivalsAt(planned).length === 0);
      for (const planned of settled) this.#settle(planned);
      for (const planned of plan) if (!settled.includes(planned)) await this.#admit(planned);
    } finally {
      for (const { gate } of kept) gate.open();
    }
    const watches = plan.flatMap((planned) => planned.watches);
    if (this.#closing.signal.aborted) return;
    const list = this.#arrivals.settle(watches);
    const marks = changedReadMarks(watches.map(({ jail }) => jail));
    const changed = [...marks, ...list];
    if (changed.length > 0) this.#options.book.commit({ steps: [], cursors: changed });
  }

  #arrivalsAt({ id, watches }: PlannedSource): readonly Watch[] {
    return this.#arrivals.among(watches, this.#running.has(id) ? "open" : "none");
  }

  /** Resumes the reader of a place, for the jails it has now. */
  #settle(planned: PlannedSource): void {
    const present = this.#running.get(planned.id);
    if (present === undefined) this.#start(planned);
    else {
      if (!sameWatches(present.watches, planned.watches)) {
        present.watches = planned.watches;
        present.tallies.use(planned.watches);
        present.overLimit += present.follower.overLimit;
        present.follower = this.#options.createFollower(
          planned.watches,
          present.source.status().where,
        );
      }
      present.gate.open();
    }
  }

  /**
   * Lets jails that come from elsewhere first read what was written here since their last line, up to the position of
   * this place's reader. The reader waits until then, so that they miss no line.
   */
  async #admit(planned: PlannedSource): Promise<void> {
    const present = this.#running.get(planned.id);
    const joins = this.#arrivalsAt(planned);
    const met = await this.#catchUp(joins, planned, present);
    if (this.#closing.signal.aborted) return;
    shareSessions(joins, planned.watches);
    if (!met && present !== undefined) {
      // The new reader may read the same lines again, and marks them as not new.
      this.#running.delete(planned.id);
      await this.#stop(present);
    }
    this.#settle(planned);
  }

  /** Returns whether the reader continues exactly where the jails are after catching up. */
  async #catchUp(
    joins: readonly Watch[],
    planned: PlannedSource,
    present: Running | undefined,
  ): Promise<boolean> {
    const now = this.#options.clock.now();
    for (const { jail } of joins) jail.read.beginMove();
    const starts = joins.map(({ jail }) =>
      Math.max(jail.read.readUntil, now - jail.config.findtime),
    );
    const history = planned.history({
      since: instant(Math.min(...starts)),
      resume: (key) => this.#cursors.resume(planned.id, key),
      reached: present?.source.status().delivered,
      signal: this.#closing.signal,
    });
    // A reader that begins at the start gives new jails all lines they can count.
    if (history.reader === "begins" && joins.every(({ jail }) => isNew(jail))) return true;
    try {
      const follower = this.#options.createFollower(joins, history.where);
      for await (const batch of history.batches)
        await follower.catchUp(batch, this.#closing.signal);
    } catch (error) {
      const reason = stackOf(error);
      this.#options.emit({ event: "bug", part: `history of ${history.where}`, reason });
    }
    if (history.reader === "continues") return true;
    // Lines that the reader of this place delivers again are already read by then.
    for (const { jail } of joins) jail.read.beginMove();
    return false;
  }

  #start(planned: PlannedSource): void {
    const stop = new AbortController();
    const source = this.#open(planned);
    const entry: Running = {
      id: planned.id,
      source,
      watches: planned.watches,
      follower: this.#options.createFollower(planned.watches, source.status().where),
      overLimit: 0,
      gate: createGate(),
      tallies: createJournalTallies(this.#options.clock),
      stop,
      done: Promise.resolve(),
    };
    entry.tallies.use(planned.watches);
    this.#running.set(planned.id, entry);
    entry.done = this.#supervise(entry, planned);
  }

  #open(planned: PlannedSource): LineSource {
    const { clock, emit } = this.#options;
    const findtimes = planned.watches.map(({ jail }) => jail.config.findtime);
    return planned.open({
      resume: (key) => this.#cursors.resume(planned.id, key),
      savedKeys: () => this.#cursors.keysOf(planned.id),
      since: instant(clock.now() - Math.max(0, ...findtimes)),
      clock,
      emit,
    });
  }

  /**
   * Runs a reader. A source reports its own errors and continues; what it throws is a bug, and pauses only its own
   * jails.
   */
  async #supervise(entry: Running, planned: PlannedSource): Promise<void> {
    const backoff = createBackoff({ first: duration(500), longest: duration(60_000) });
    while (!entry.stop.signal.aborted) {
      try {
        for await (const batch of entry.source.batches(entry.stop.signal)) {
          await entry.gate.pass(() => {
            entry.tallies.count(batch);
            return entry.follower.follow(
              batch,
              this.#cursors.cursorsOf(entry.id, batch.cursor),
              entry.stop.signal,
            );
          });
          backoff.reset();
        }
        return;
      } catch (error) {
        const wait: Duration = backoff.next();
        const reason = stackOf(error);
        this.#options.emit({ event: "bug", part: `source ${entry.source.status().where}`, reason });
        await this.#options.clock.sleep(wait, entry.stop.signal, "loose");
        entry.source = this.#open(planned);
      }
    }
  }

  async #stop(entry: Running): Promise<void> {
    entry.stop.abort();
    entry.gate.drop();
    await entry.done;
  }

  statusOf(jail: Jail): SourceStatus | undefined {
    const entry = [...this.#running.values()].find(({ watches }) =>
      watches.some((watch) => watch.jail === jail),
    );
    if (entry === undefined) return undefined;
    const overLimitLines = entry.overLimit + entry.follower.overLimit;
    return { ...entry.tallies.statusFor(jail, entry.source.status()), overLimitLines };
  }

  /** Stops jails that catch up. They catch up again when the daemon starts. */
  interrupt(): void {
    this.#closing.abort();
  }

  async close(): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    this.#closing.abort();
    await Promise.all(all.map((reader) => this.#stop(reader)));
  }
}

function sameWatches(a: readonly Watch[], b: readonly Watch[]): boolean {
  return a.length === b.length && a.every(({ jail }, i) => jail === b[i]?.jail);
}
