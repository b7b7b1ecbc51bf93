/**
 * The readers that run now. `become` makes them equal to a plan: a reader whose source did not change goes on where it
 * is and only learns of its new jails; the others are stopped or started. Owns one task per source; a source that
 * breaks is restarted with backoff and never disturbs another (invariant 10).
 */
import type { BanBook } from "../domain/ban-book.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import type { LineSource, SourceStatus } from "../domain/line-source.ts";
import { createBackoff } from "../platform/backoff.ts";
import { sleep } from "../platform/timers.ts";
import type { Emit } from "../telemetry/events.ts";
import { type LineFollower, readUntilKey } from "./follow-lines.ts";
import type { Jail } from "./jail.ts";
import { createReaderCursors } from "./running-sources/reader-cursors.ts";
import type { PlannedSource, Watch } from "./source-plan.ts";

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

/** A line that reaches two places is in the second this much later at most. */
const COPY_LATE_MS = 5000;

/** Whether a reader went on at a saved position; otherwise it reads what another one may have read before it. */
interface Resumption {
  resumed: boolean;
}

interface Running {
  readonly id: string;
  source: LineSource;
  watches: readonly Watch[];
  follower: LineFollower;
  readonly stop: AbortController;
  done: Promise<void>;
  readonly resumption: Resumption;
  /** When it was started. */
  readonly since: Instant;
}

export function createRunningSources(options: SourcesOptions): RunningSources {
  const running = new Map<string, Running>();
  const cursors = createReaderCursors(options.book);

  async function become(plan: readonly PlannedSource[]): Promise<void> {
    const wanted = new Set(plan.map(({ id }) => id));
    const gone = [...running.values()].filter(({ id }) => !wanted.has(id));
    for (const { id } of gone) running.delete(id);
    // The old reader must have committed its last batch before a new one may read the same place.
    await Promise.all(gone.map(stopOne));
    cursors.keepOnly(wanted);
    for (const planned of plan) {
      const present = running.get(planned.id);
      if (present === undefined) start(planned);
      else if (!sameWatches(present.watches, planned.watches)) {
        present.watches = planned.watches;
        present.follower = options.createFollower(planned.watches, present.source.status().where);
      }
    }
  }

  function start(planned: PlannedSource): void {
    const stop = new AbortController();
    const resumption = { resumed: false };
    const source = openOne(planned, resumption);
    const entry: Running = {
      id: planned.id,
      source,
      resumption,
      since: options.clock.now(),
      watches: planned.watches,
      follower: options.createFollower(planned.watches, source.status().where),
      stop,
      done: Promise.resolve(),
    };
    running.set(planned.id, entry);
    entry.done = supervise(entry, planned);
  }

  function openOne(planned: PlannedSource, resumption: Resumption): LineSource {
    const { clock, emit } = options;
    const findtimes = planned.watches.map(({ jail }) => jail.config.findtime);
    return planned.open({
      resume: (key) => {
        const position = cursors.resume(planned.id, key);
        if (position !== undefined) resumption.resumed = true;
        return position;
      },
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
          const reading = entry.resumption.resumed ? "resumed" : "first";
          await entry.follower.follow(batch, cursors.cursorsOf(entry.id, batch.cursor), reading);
          backoff.reset();
        }
        return;
      } catch (error) {
        const wait: Duration = backoff.next();
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        options.emit({ event: "bug", part: `source ${entry.source.status().where}`, reason });
        await sleep(wait, entry.stop.signal, "loose");
        entry.source = openOne(planned, entry.resumption);
      }
    }
  }

  async function stopOne(entry: Running): Promise<void> {
    entry.stop.abort();
    await entry.done;
    const now = options.clock.now();
    // What came after the last line that was read here may be elsewhere, unread. Copies of that one may be a bit late.
    const marks = entry.watches.map(({ jail }) => ({
      key: readUntilKey(jail.name),
      value: String(Math.min(now, (jail.heardAt ?? entry.since) + COPY_LATE_MS)),
    }));
    options.book.commit({ steps: [], cursors: marks });
  }

  return {
    become,
    statusOf(jail) {
      const entry = [...running.values()].find(({ watches }) =>
        watches.some((watch) => watch.jail === jail),
      );
      return entry?.source.status();
    },
    async close() {
      const all = [...running.values()];
      running.clear();
      await Promise.all(all.map(stopOne));
    },
  };
}

function sameWatches(a: readonly Watch[], b: readonly Watch[]): boolean {
  return a.length === b.length && a.every(({ jail }, i) => jail === b[i]?.jail);
}
