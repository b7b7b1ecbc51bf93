/**
 * Replays the last weeks of every jail's log with the engine of `bailiff replay` (invariant 9). The result is the amount
 * of hostile traffic, and what the policy would have stopped. Bounded in time and bytes; reports what was left out.
 */
import type { AllowList } from "../detect/allow-list.ts";
import { countedSubject } from "../detect/counted-subject.ts";
import type { ContainersConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, formatDuration } from "../domain/duration.ts";
import type { TrafficFacts } from "../domain/host-facts.ts";
import { formatInstant, type Instant, instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";
import type { RecordStart } from "../domain/record-start.ts";
import type { PortNames } from "../host/services/port-names.ts";
import type { LocalOffset } from "../parse/header/timestamp.ts";
import type { CompiledJail } from "../jails/compile-jails.ts";
import {
  mergeLogs,
  PolicyReplay,
  type ReplayObserver,
  type RoutedBatch,
  routeBatches,
} from "../pipeline/replay.ts";
import { describeLooked } from "../pipeline/sources/describe-search.ts";
import { describeSource, findPastLines, readPastLines } from "../pipeline/sources/past-lines.ts";
import { acceptsOf, type ReadSource, recordStartOf } from "../pipeline/sources/source-plan.ts";
import { TrafficTally } from "./replay-traffic/traffic-tally.ts";

export interface ReplayOptions {
  readonly jails: readonly CompiledJail[];
  readonly containers: ContainersConfig;
  readonly allowed: AllowList;
  readonly isAccount: (name: string) => boolean;
  readonly ports: PortNames;
  readonly clock: Clock;
  readonly localOffset: LocalOffset;
  /** How far back logs are read, and the time limit of the replay. */
  readonly period: Duration;
  readonly limit: Duration;
  readonly signal: AbortSignal;
}

/** At most this many of the omitted parts are named. */
const MAX_CUTS_NAMED = 5;

interface ReadableJail {
  readonly compiled: CompiledJail;
  readonly source: ReadSource;
  readonly tally: TrafficTally;
  /** Position among the filters of the replay: each jail has its own. */
  readonly index: number;
}

/** A log that some jails read. */
interface ReadLog {
  readonly where: string;
  readonly jails: readonly ReadableJail[];
  readonly batches: AsyncIterable<LineBatch>;
  lines: number;
}

export async function replayTraffic(options: ReplayOptions): Promise<TrafficFacts> {
  const since = instant(options.clock.now() - options.period);
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(options.limit)]);
  const cut: string[] = [];
  const { readable, missing } = await findReadable(options);
  const logs: ReadLog[] = [];
  for (const jails of Map.groupBy(readable, logOf).values()) {
    const [first] = jails;
    if (first === undefined) continue;
    const { source } = first;
    const start = startOf(first);
    const where = describeSource(source);
    const onLeftOut = (what: string): void => void cut.push(what);
    const batches = readPastLines(source, { since, signal: stop, start, onLeftOut });
    if (batches === undefined) cut.push(`${where}: has no past lines to read`);
    else logs.push({ where, jails, batches, lines: 0 });
  }
  const replay = createReplay(readable, options);
  await replay.begin();
  await mergeLogs({
    logs: logs.map((log) => ({
      from: Number.NEGATIVE_INFINITY,
      open: () => routeTraffic(log, { ...options, since, stop, cut }),
    })),
    onBatch: () => undefined,
    onMatch: (match) => replay.take(match),
  });
  const jails = logs.flatMap(({ where, lines, jails: of }) =>
    of.map(({ tally }) => tally.summary(where, lines)),
  );
  return { since, jails, cut: cut.slice(0, MAX_CUTS_NAMED), missing };
}

function startOf({ compiled: { jail }, source }: ReadableJail): RecordStart | undefined {
  return recordStartOf({ jail, source });
}

/** Identifies what is read together: the same lines, or the same records, of one source. */
function logOf(jail: ReadableJail): string {
  return JSON.stringify([jail.source, startOf(jail)?.id]);
}

async function findReadable({
  jails,
  containers,
  clock,
  allowed,
  isAccount,
}: ReplayOptions): Promise<
  { readonly readable: readonly ReadableJail[] } & Pick<TrafficFacts, "missing">
> {
  const readable: ReadableJail[] = [];
  const missing: { jail: string; looked: string }[] = [];
  for (const compiled of jails) {
    const { jail } = compiled;
    const found = await findPastLines(compiled, containers, clock);
    if ("looked" in found) missing.push({ jail: jail.name, looked: describeLooked(found.looked) });
    else {
      const subjectOf = (ip: Parameters<typeof countedSubject>[0]) =>
        countedSubject(ip, jail.config, allowed);
      const tally = new TrafficTally({ jail, isAccount, subjectOf });
      readable.push({ compiled, source: found.source, tally, index: readable.length });
    }
  }
  return { readable, missing };
}

function createReplay(
  readable: readonly ReadableJail[],
  { allowed, ports }: ReplayOptions,
): PolicyReplay {
  const jails = readable.map(({ compiled }) => compiled);
  const tallies = new Map(readable.map(({ tally }) => [`${tally.jail.name}`, tally]));
  const observer: ReplayObserver = {
    onAttempt: ({ jails: of, ...seen }) => {
      for (const { name } of of) tallies.get(name)?.addAttempt(seen);
    },
    onEvent: (event) => {
      if ("jail" in event && typeof event.jail === "string")
        tallies.get(event.jail)?.addEvent(event);
    },
  };
  return new PolicyReplay({
    policy: { name: "configured", jails, guards: "all" },
    jailsOf: (filter) => jails.slice(filter, filter + 1).map(({ jail }) => jail),
    filters: jails.map(({ jail }) => jail.filter),
    ports,
    exempt: allowed.entries,
    observer,
  });
}

interface RouteOptions extends ReplayOptions {
  readonly since: Instant;
  readonly stop: AbortSignal;
  readonly cut: string[];
}

/** Routes a log until the time limit. Lines of before `since` are left out. */
async function* routeTraffic(
  log: ReadLog,
  { since, stop, cut, clock, localOffset, limit }: RouteOptions,
): AsyncIterable<RoutedBatch> {
  const filters = log.jails.map(({ compiled, source }) => ({
    filter: compiled.jail.filter,
    accepts: acceptsOf(source),
  }));
  let until = 0;
  for await (const batch of routeBatches(log.batches, clock.now(), {
    ...{ filters, clock, localOffset },
  })) {
    if (stop.aborted) break;
    log.lines += batch.lines;
    const matches = batch.matches.flatMap((one) => {
      const jail = log.jails[one.filter];
      if (jail === undefined || one.match.at < since) return [];
      jail.tally.noteTime(one.match.at);
      until = one.match.at;
      return [{ ...one, filter: jail.index }];
    });
    yield { ...batch, matches };
  }
  if (!stop.aborted) return;
  const upTo = until === 0 ? "" : `, at ${formatInstant(instant(until)).slice(0, 10)}`;
  cut.push(`${log.where}: stopped after ${formatDuration(limit)}${upTo}`);
}
