/**
 * The readers that run now. `become` makes them equal to a plan: a reader whose source did not change goes on where it
 * is and only learns of its new jails; the others are stopped or started. Owns one task per source; a source that
 * breaks is restarted with backoff and never disturbs another (invariant 10).
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { instant } from "../domain/instant.ts";
import type { LineSource, SourceStatus } from "../domain/line-source.ts";
import { createBackoff } from "../platform/backoff.ts";
import { sleep } from "../platform/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import type { LineFollower } from "./follow-lines.ts";
import type { Jail } from "./jail.ts";
import { changedReadMarks, isMove } from "./read-marks.ts";
import { createReaderCursors } from "./running-sources/reader-cursors.ts";
import { type PlannedSource, readPlaceOf, type Watch } from "./source-plan.ts";

export interface SourcesOptions {
  readonly book: BanBook;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly createFollower: (watches: readonly Watch[], where: string) => LineFollower;
}

export interface RunningSources {
  become(plan: readonly PlannedSource[]): Promise<void>;
  statusOf(jail: Jail): SourceStatus | undefined;
  close(): Promise<void>;
}

interface Running {
  readonly id: string;
  source: LineSource;
  watches: readonly Watch[];
  follower: LineFollower;
  /** By followers before this one. */
  givenUp: number;
  readonly stop: AbortController;
  done: Promise<void>;
}

export function createRunningSources(options: SourcesOptions): RunningSources {
  const running = new Map<string, Running>();
  const cursors = createReaderCursors(options.book);
  const closing = new AbortController();

  async function become(plan: readonly PlannedSource[]): Promise<void> {
    const wanted = new Set(plan.map(({ id }) => id));
    const gone = [...running.values()].filter(({ id }) => !wanted.has(id));
    for (const { id } of gone) running.delete(id);
    // The old reader must have committed its last batch before a new one may read the same place.
    await Promise.all(gone.map(stopOne));
    cursors.keepOnly(wanted);
    for (const planned of plan) {
      const present = running.get(planned.id);
      if (await moveIn(planned, present)) start(planned);
      else if (present === undefined) start(planned);
      else if (!sameWatches(present.watches, planned.watches)) {
        present.watches = planned.watches;
        present.givenUp += present.follower.givenUp;
        present.follower = options.createFollower(planned.watches, present.source.status().where);
      }
    }
    const marks = changedReadMarks(plan.flatMap(({ watches }) => watches.map(({ jail }) => jail)));
    if (marks.length > 0) options.book.commit({ steps: [], cursors: marks });
  }

  /**
   * Jails that come from another place first read what was written here since their last line there, whatever position
   * the reader of this place has. Meanwhile it is stopped, so that they miss no line. Whether there were such jails.
   */
  async function moveIn(planned: PlannedSource, present: Running | undefined): Promise<boolean> {
    const place = ({ source }: Watch): string => readPlaceOf(source);
    const arrivals = planned.watches.filter((watch) => isMove(watch.jail.read.place, place(watch)));
    if (arrivals.length > 0) {
      if (present !== undefined) await stopOne(present);
      await catchUp(arrivals, planned);
    }
    for (const watch of planned.watches) watch.jail.read.settle(place(watch));
    return arrivals.length > 0;
  }

  async function catchUp(arrivals: readonly Watch[], planned: PlannedSource): Promise<void> {
    const now = options.clock.now();
    for (const { jail } of arrivals) jail.read.beginMove();
    const starts = arrivals.map(({ jail }) =>
      Math.max(jail.read.readUntil, now - jail.config.findtime),
    );
    const history = planned.history(instant(Math.min(...starts)), closing.signal);
    try {
      const follower = options.createFollower(arrivals, history.where);
      for await (const batch of history.batches) await follower.follow(batch, []);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.emit({ event: "bug", part: `history of ${history.where}`, reason });
    }
    // What the reader of this place delivers again was read now.
    for (const { jail } of arrivals) jail.read.beginMove();
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
      stop,
      done: Promise.resolve(),
    };
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
          await entry.follower.follow(batch, cursors.cursorsOf(entry.id, batch.cursor));
          backoff.reset();
        }
        return;
      } catch (error) {
        const wait: Duration = backoff.next();
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        options.emit({ event: "bug", part: `source ${entry.source.status().where}`, reason });
        await sleep(wait, entry.stop.signal, "loose");
        entry.source = openOne(planned);
      }
    }
  }

  async function stopOne(entry: Running): Promise<void> {
    entry.stop.abort();
    await entry.done;
  }

  return {
    become,
    statusOf(jail) {
      const entry = [...running.values()].find(({ watches }) =>
        watches.some((watch) => watch.jail === jail),
      );
      if (entry === undefined) return undefined;
      const givenUpLines = entry.givenUp + entry.follower.givenUp;
      return { ...entry.source.status(), givenUpLines };
    },
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
