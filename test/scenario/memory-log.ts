/** Implements the port of sources in memory: readers deliver the lines that a test appends, and have no backlog. */
import type { AlarmClock } from "../../src/domain/clock.ts";
import type { Instant } from "../../src/domain/instant.ts";
import type { LineBatch } from "../../src/domain/line-batch.ts";
import type { LineSource } from "../../src/domain/line-source.ts";
import type { SourcePort } from "../../src/daemon/daemon-ports.ts";
import { fixedSource, planSources } from "../../src/pipeline/sources/source-plan.ts";

export interface MemoryLog {
  readonly port: SourcePort;
  /** Resolves when a reader of the log has processed the lines. Throws if no jail reads it. */
  append(place: string, batch: LineBatch): Promise<void>;
}

interface Appended {
  readonly batch: LineBatch;
  readonly dealtWith: () => void;
}

interface Place {
  readonly name: string;
  readonly waiting: Appended[];
  /** Called after lines were appended. */
  wake: () => void;
}

export function createMemoryLog(clock: AlarmClock): MemoryLog {
  const places = new Map<string, Place>();

  function placeOf(name: string): Place {
    const known = places.get(name);
    if (known !== undefined) return known;
    const place = { name, waiting: [], wake: () => undefined };
    places.set(name, place);
    return place;
  }

  return {
    port: {
      find: async ({ jail }) => ({ source: fixedSource(jail.config.source), looked: [] }),
      plan: (watches) =>
        planSources(watches).map((planned) => ({
          ...planned,
          open: () => openReader(placeOf(planned.id), clock),
          history: () => ({ where: planned.id, batches: nothing(), reader: "begins" }),
        })),
    },
    append(name, batch) {
      const place = places.get(name);
      if (place === undefined) throw new Error(`no jail reads ${name}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      place.waiting.push({ batch, dealtWith: resolve });
      place.wake();
      return promise;
    },
  };
}

function openReader(place: Place, clock: AlarmClock): LineSource {
  let lines = 0;
  let lastLineAt: Instant | undefined;
  let state: "reading" | "ended" = "reading";

  async function* batches(signal: AbortSignal): AsyncGenerator<LineBatch> {
    while (!signal.aborted) {
      const next = place.waiting.shift();
      if (next === undefined) {
        await appended(place, signal);
        continue;
      }
      lines += next.batch.text.split("\n").length - 1;
      lastLineAt = clock.now();
      try {
        yield next.batch;
      } finally {
        next.dealtWith();
      }
    }
    state = "ended";
  }

  const where = place.name.replace(/^\w+:/, "");
  return {
    id: place.name,
    batches,
    status: () => ({
      kind: "file",
      where,
      state,
      reason: undefined,
      lines,
      cutLines: 0,
      lastLineAt,
    }),
  };
}

function appended(place: Place, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    place.wake = end;
    signal.addEventListener("abort", end, { once: true });
  });
}

async function* nothing(): AsyncGenerator<LineBatch> {
  // Logs have no backlog.
}
