/** Answers `stats`: counts by step, jail and rule, the most frequent addresses, accounts and networks, and states. */
import type { Daemon } from "../../../daemon/daemon.ts";
import { parseSubject } from "../../../domain/cidr.ts";
import { CodedError } from "../../../domain/errors.ts";
import { formatInstant, type Instant, instant } from "../../../domain/instant.ts";
import {
  DAY_MS,
  HOUR_MS,
  type JailRun,
  type StateChange,
  type Stats,
  type StatsPeriod,
  type TopKind,
  type TopList,
} from "../../../domain/stats.ts";
import { type AddressFiles, openAddressFiles } from "../../../host/geo/address-facts.ts";
import { nextTurn } from "../../../host/timers.ts";
import { type Series, SeriesBuilder } from "../../../telemetry/stats/series-builder.ts";
import { EMPTY_LIST, mergeTops } from "../../../telemetry/stats/top-list.ts";
import type { Commands } from "../../messages.ts";
import type {
  StatsReply,
  StatsSeriesReply,
  StatsTopReply,
  StatsTopRest,
} from "../../stats-messages.ts";
import { describeAddress } from "../describe-address.ts";
import { requireKnownJail } from "../known-jail.ts";

/** Maximum number of values of one counter in a reply. */
const MAX_VALUES = 20_000;
const MAX_PERIOD_MS = 800 * DAY_MS;
/** Number of keys to which the lists of days are merged. */
const MERGED_KEYS = 500;
const DEFAULT_TOP = 20;
/** Maximum number of keys of a list of which country and network are looked up; each takes some reads of the files. */
const MAX_LOOKED_UP = 100;
/** An account may be named like an address. */
const NO_FILES = openAddressFiles([]);
/** How much is read at a time; about 20 ms with ten busy jails. */
const PART_MS = 2 * DAY_MS;

/**
 * Answers from the record. Reads two days at a time and lets other work run in between, because two years have many
 * counts.
 */
export async function describeStats(
  daemon: Daemon,
  input: Commands["stats"]["in"],
): Promise<StatsReply> {
  const { stats } = daemon.book;
  const { step, by, jail, top = DEFAULT_TOP } = input;
  const firstHour = Math.floor(input.from / HOUR_MS);
  const steps = Math.ceil((input.to - firstHour * HOUR_MS) / (step * HOUR_MS));
  if (input.to <= input.from) throw refuse("to must be later than from");
  if (input.to - input.from > MAX_PERIOD_MS) throw refuse("the period is longer than 800 days");
  if (steps > MAX_VALUES) throw refuse(tooMany(steps));
  // What was counted since the last save is part of the answer.
  stats.save();
  const from = instant(firstHour * HOUR_MS);
  const to = instant(from + steps * step * HOUR_MS);
  const builder = new SeriesBuilder({ firstHour, step, steps, by, jail });
  const parts = new StatsParts();
  for (const part of partsOf(from, to)) {
    const read = stats.read(part);
    builder.add(read.counts);
    parts.add(read);
    if (builder.size * steps > MAX_VALUES) throw refuse(tooMany(builder.size * steps));
    await nextTurn();
  }
  const series = builder.finish([...parts.runs.values()]);
  if (series.length * steps > MAX_VALUES) throw refuse(tooMany(series.length * steps));
  if (jail !== undefined && !parts.jails.has(jail)) requireKnownJail(daemon, jail);
  using files = openAddressFiles(daemon.config.addresses.files);
  return {
    ...{ from: formatInstant(from), to: formatInstant(to), step_ms: step * HOUR_MS },
    series: series.map(describeSeries),
    top: {
      address: describeTop(parts.tops.address, top, files),
      user: describeTop(parts.tops.user, top, NO_FILES),
      network: describeTop(parts.tops.network, top, files),
    },
    top_rest: {
      address: describeRest(parts.tops.address, top),
      user: describeRest(parts.tops.user, top),
      network: describeRest(parts.tops.network, top),
    },
    address_problems: files.problems,
    changes: describeChanges(parts.changes, jail),
    states_before: describeChanges(stats.statesBefore(from), jail),
  };
}

/** `jail`: only its changes. */
function describeChanges(
  changes: readonly StateChange[],
  jail: string | undefined,
): StatsReply["changes"] {
  return changes
    .filter((change) => jail === undefined || change.jail === jail)
    .map(({ at, cause, ...change }) => {
      return { ...change, at: formatInstant(at), cause: cause ?? null };
    });
}

/** Splits a period at the end of days, since lists are of whole days. */
function* partsOf(from: Instant, to: Instant): Generator<StatsPeriod, undefined> {
  for (let begin = from; begin < to; ) {
    const day = Math.floor(begin / DAY_MS) * DAY_MS;
    const end = instant(Math.min(to, day + PART_MS));
    // Both ends of a period that is read are part of it.
    yield { from: begin, to: instant(end - 1) };
    begin = end;
  }
}

/** Everything that was read so far, except counts. */
class StatsParts {
  /** Runs by jail and begin; a long one is in several parts. */
  readonly runs = new Map<string, JailRun>();
  readonly jails = new Set<string>();
  readonly changes: StateChange[] = [];
  readonly tops: Record<TopKind, TopList> = {
    address: EMPTY_LIST,
    user: EMPTY_LIST,
    network: EMPTY_LIST,
  };

  add({ counts, runs, changes, tops }: Stats): void {
    for (const { jail } of counts) this.jails.add(jail);
    for (const run of runs) {
      this.jails.add(run.jail);
      this.runs.set(`${run.jail} ${run.from}`, run);
    }
    this.changes.push(...changes);
    for (const { kind, list } of tops)
      this.tops[kind] = mergeTops([this.tops[kind], list], MERGED_KEYS);
  }
}

function refuse(message: string): CodedError {
  return new CodedError("bad-input", `stats: ${message}`);
}

function tooMany(values: number): string {
  return `${values} values in each counter are more than ${MAX_VALUES}: ask for a longer step`;
}

function describeSeries({ jail, rule, covered, counts, totals }: Series): StatsSeriesReply {
  return { jail: jail ?? null, rule: rule ?? null, covered, counts, totals };
}

/** The most frequent keys by what is proven of their counts, since the errors of many days add up. */
function describeTop(
  { entries }: TopList,
  limit: number,
  files: AddressFiles,
): readonly StatsTopReply[] {
  const proven = entries.toSorted((a, b) => b.count - b.error - (a.count - a.error));
  return proven.slice(0, limit).map(({ key, count: failures, error }, i) => {
    const subject = i < MAX_LOOKED_UP ? parseSubject(key) : undefined;
    return { key, failures, error, facts: describeAddress(files, subject) };
  });
}

function describeRest({ entries, floor }: TopList, limit: number): StatsTopRest {
  return { keys: Math.max(0, entries.length - limit), floor };
}
