/**
 * The readers that run now. `applyPlan` makes them equal to a plan: a reader whose source did not change goes on where it
 * is and only learns of its new jails; the others are stopped or started. A jail that comes to a log catches up to the
 * position of its reader first, and joins there. Owns one task per source; a source that breaks is restarted with backoff
 * and never disturbs another (invariant 10).
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
import { createArrivals, isNew, shareSessions } from "./arrivals.ts";
import { createGate, type Gate } from "./gate.ts";
import { createJournalTallies, type JournalTallies } from "./journal-tallies.ts";
import { createReaderCursors } from "./reader-cursors.ts";
import type { PlannedSource, Watch } from "./source-plan.ts";

export interface SourcesOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly createFollower: (watches: readonly Watch[], where: string) => LineFollower;
}

export interface RunningSources {
  /**
   * `prepare` is called while no line is counted: what jails have counted can be handed over to those that replace them.
   */
  applyPlan(plan: readonly PlannedSource[], prepare: () => Promise<void> | void): Promise<void>;
  statusOf(jail: Jail): SourceStatus | undefined;
  /** Jails that catch up stop doing so; it is done when the daemon starts again. */
  interrupt(): void;
  close(): Promise<void>;
}

interface Running {
  readonly id: string;
  source: LineSource;
  watches: readonly Watch[];
  follower: LineFollower;
  /** By followers before this one. */
  givenUp: number;
  readonly gate: Gate;
  readonly tallies: JournalTallies;
  readonly stop: AbortController;
  done: Promise<void>;
}

export function createRunningSources(options: SourcesOptions): RunningSources {
  const running = new Map<string, Running>();
  const cursors = createReaderCursors(options.book);
  const arrivals = createArrivals(options.book);
  const closing = new AbortController();

  async function applyPlan(
    plan: readonly PlannedSource[],
    prepare: () => Promise<void> | void,
  ): Promise<void> {
    const wanted = new Set(plan.map(({ id }) => id));
    const gone = [...running.values()].filter(({ id }) => !wanted.has(id));
    for (const { id } of gone) running.delete(id);
    // The old reader must have committed its last batch before a new one may read the same place.
    await Promise.all(gone.map(stopOne));
    const kept = [...running.values()];
    await Promise.all(kept.map(({ gate }) => gate.close()));
    try {
      await prepare();
      cursors.keepOnly(wanted);
      // Others need not wait for a jail that has to catch up.
      const settled = plan.filter((planned) => arrivalsAt(planned).length === 0);
      for (const planned of settled) settle(planned);
      for (const planned of plan) if (!settled.includes(planned)) await admit(planned);
    } finally {
      for (const { gate } of kept) gate.open();
    }
    const watches = plan.flatMap((planned) => planned.watches);
    if (closing.signal.aborted) return;
    const list = arrivals.settle(watches);
    const marks = changedReadMarks(watches.map(({ jail }) => jail));
    const changed = [...marks, ...list];
    if (changed.length > 0) options.book.commit({ steps: [], cursors: changed });
  }

  function arrivalsAt({ id, watches }: PlannedSource): readonly Watch[] {
    return arrivals.among(watches, running.has(id) ? "open" : "none");
  }

  /** Lets the reader of a place go on, for the jails it has now. */
  function settle(planned: PlannedSource): void {
    const present = running.get(planned.id);
    if (present === undefined) start(planned);
    else {
      if (!sameWatches(present.watches, planned.watches)) {
        present.watches = planned.watches;
        present.tallies.use(planned.watches);
        present.givenUp += present.follower.givenUp;
        present.follower = options.createFollower(planned.watches, present.source.status().where);
      }
      present.gate.open();
    }
  }

  /**
   * Jails that come from elsewhere first read what was written here since their last line, up to the position of the
   * reader of this place. Meanwhile it waits, so that they miss no line.
   */
  async function admit(planned: PlannedSource): Promise<void> {
    const present = running.get(planned.id);
    const joins = arrivalsAt(planned);
    const met = await catchUp(joins, planned, present);
    if (closing.signal.aborted) return;
    shareSessions(joins, planned.watches);
    if (!met && present !== undefined) {
      // It reads what may be the same lines again, and says that they are not new.
      running.delete(planned.id);
      await stopOne(present);
    }
    settle(planned);
  }

  /** Whether the reader continues exactly where the jails are now. */
  async function catchUp(
    joins: readonly Watch[],
    planned: PlannedSource,
    present: Running | undefined,
  ): Promise<boolean> {
    const now = options.clock.now();
    for (const { jail } of joins) jail.read.beginMove();
    const starts = joins.map(({ jail }) =>
      Math.max(jail.read.readUntil, now - jail.config.findtime),
    );
    const history = planned.history({
      since: instant(Math.min(...starts)),
      resume: (key) => cursors.resume(planned.id, key),
      reached: present?.source.status().delivered,
      signal: closing.signal,
    });
    // From its beginning the reader gives new jails all they can count.
    if (history.reader === "begins" && joins.every(({ jail }) => isNew(jail))) return true;
    try {
      const follower = options.createFollower(joins, history.where);
      for await (const batch of history.batches) await follower.follow(batch, []);
    } catch (error) {
      const reason = stackOf(error);
      options.emit({ event: "bug", part: `history of ${history.where}`, reason });
    }
    if (history.reader === "continues") return true;
    // What the reader of this place delivers again was read now.
    for (const { jail } of joins) jail.read.beginMove();
    return false;
  }

  function start(planned: PlannedSource): void {
    const stop = new AbortController();
    const source = openOne(planned);
    const entry: Running = {
      id: planned.id,
      source,
      watches: planned.watches,
      follower: options.createFollower(planned.watches, source.status().where),
      givenUp: 0,
      gate: createGate(),
      tallies: createJournalTallies(options.clock),
      stop,
      done: Promise.resolve(),
    };
    entry.tallies.use(planned.watches);
    running.set(planned.id, entry);
    entry.done = supervise(entry, planned);
  }

  function openOne(planned: PlannedSource): LineSource {
    const { clock, emit } = options;
    const findtimes = planned.watches.map(({ jail }) => jail.config.findtime);
    return planned.open({
      resume: (key) => cursors.resume(planned.id, key),
      since: instant(clock.now() - Math.max(0, ...findtimes)),
      clock,
      emit,
    });
  }

  /** A source reports its own trouble and goes on; what it throws is a bug, and costs only its own jails a pause. */
  async function supervise(entry: Running, planned: PlannedSource): Promise<void> {
    const backoff = createBackoff({ first: duration(500), longest: duration(60_000) });
    while (!entry.stop.signal.aborted) {
      try {
        for await (const batch of entry.source.batches(entry.stop.signal)) {
          await entry.gate.pass(() => {
            entry.tallies.count(batch);
            return entry.follower.follow(batch, cursors.cursorsOf(entry.id, batch.cursor));
          });
          backoff.reset();
        }
        return;
      } catch (error) {
        const wait: Duration = backoff.next();
        const reason = stackOf(error);
        options.emit({ event: "bug", part: `source ${entry.source.status().where}`, reason });
        await options.clock.sleep(wait, entry.stop.signal, "loose");
        entry.source = openOne(planned);
      }
    }
  }

  async function stopOne(entry: Running): Promise<void> {
    entry.stop.abort();
    entry.gate.drop();
    await entry.done;
  }

  return {
    applyPlan,
    statusOf(jail) {
      const entry = [...running.values()].find(({ watches }) =>
        watches.some((watch) => watch.jail === jail),
      );
      if (entry === undefined) return undefined;
      const givenUpLines = entry.givenUp + entry.follower.givenUp;
      return { ...entry.tallies.statusFor(jail, entry.source.status()), givenUpLines };
    },
    interrupt: () => closing.abort(),
    async close() {
      const all = [...running.values()];
      running.clear();
      closing.abort();
      await Promise.all(all.map(stopOne));
    },
  };
}

function sameWatches(a: readonly Watch[], b: readonly Watch[]): boolean {
  return a.length === b.length && a.every(({ jail }, i) => jail === b[i]?.jail);
}
