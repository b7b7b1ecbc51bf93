/** Reads one log and yields what filters recognize in it, in the order of its lines. */
import type { Clock } from "../../domain/clock.ts";
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import { createLineRouter } from "../../parse/route/line-router.ts";
import type { LinePlace } from "../../parse/route/line-sink.ts";
import type { RoutedFilter } from "../../parse/route/routed-filter.ts";
import { type ReadProgress, readOnce } from "../../source/file/read-once.ts";
import { earliestOffset, findLogEnd } from "../log-end.ts";
import type { RoutedMatch } from "./routed-match.ts";

export interface RouteOptions {
  readonly filters: readonly RoutedFilter[];
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  readonly signal: AbortSignal;
  /** Number that matches show for each of the filters; default: its index. */
  readonly numbers?: readonly number[];
  /** Whether lines are counted; default: true. */
  readonly countsLines?: boolean;
}

/** Splits the filters by how they read a log: as the same lines, or as the same records of several lines. */
export function splitByRecords(options: RouteOptions): readonly RouteOptions[] {
  const { filters } = options;
  const groups = Map.groupBy(filters.keys(), (i) => filters[i]?.filter.begins?.id);
  return [...groups.values()].map((numbers, group) => ({
    ...options,
    filters: numbers.flatMap((i) => filters[i] ?? []),
    numbers,
    countsLines: group === 0,
  }));
}

export interface RoutedBatch {
  readonly matches: readonly RoutedMatch[];
  readonly lines: number;
  /** Number of lines on which rules gave up because they took too long. */
  readonly overLimit: number;
}

/** A log that cannot be opened or read; the cause is the error of the system. */
export class UnreadableLogError extends Error {
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`cannot read ${path}`, { cause });
    this.path = path;
  }
}

/** Throws an UnreadableLogError. */
export async function* routeLog(
  path: string,
  options: RouteOptions,
  onProgress?: (progress: ReadProgress) => void,
): AsyncIterable<RoutedBatch> {
  try {
    yield* readRouted(path, options, onProgress);
  } catch (error) {
    throw new UnreadableLogError(path, error);
  }
}

/** Returns a time not after the first lines of a log, if they show it; else -Infinity. */
export async function findLogStart(path: string, options: RouteOptions): Promise<number> {
  if (path === "-") return Number.NEGATIVE_INFINITY;
  for await (const { matches } of routeLog(path, options)) {
    const times = matches.flatMap(({ at }) => at ?? []);
    return times.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...times);
  }
  return Number.NEGATIVE_INFINITY;
}

async function* readRouted(
  path: string,
  options: RouteOptions,
  onProgress: ((progress: ReadProgress) => void) | undefined,
): AsyncIterable<RoutedBatch> {
  const { filters, clock, localOffset, signal } = options;
  const offset = earliestOffset(
    localOffset,
    filters.map(({ filter }) => filter),
  );
  const end = findLogEnd(path, clock.now(), offset);
  const start = filters[0]?.filter.begins;
  const reading = { path, signal, start, ...(onProgress === undefined ? {} : { onProgress }) };
  yield* routeBatches(readOnce(reading), end, options);
}

/** Routes the batches of one log. `end`: a time at or after its last line, for timestamps without a year. */
export async function* routeBatches(
  batches: AsyncIterable<LineBatch>,
  end: Instant,
  { filters, clock, localOffset, numbers, countsLines = true }: Omit<RouteOptions, "signal">,
): AsyncIterable<RoutedBatch> {
  const router = createLineRouter(filters, localOffset);
  const now = clock.now();
  for await (const read of batches) {
    const batch: LineBatch = read.arrival === "backlog" ? read : { ...read, arrival: "backlog" };
    const matches: RoutedMatch[] = [];
    const { lines, overLimit } = router.route(batch, end, {
      matched(entry: number, match: Match, place: LinePlace): void {
        const filter = numbers?.[entry] ?? entry;
        const at = match.isTimed && match.at <= now ? match.at : undefined;
        matches.push({ filter, at, match, place: { ...place }, batch });
      },
      unrecognized(): void {},
    });
    const written = batch.records?.reduce((sum, record) => sum + record.lines, 0) ?? lines;
    yield { matches, lines: countsLines ? written : 0, overLimit };
  }
}
