/** Answers `stats`: counts by step, jail and rule, the most frequent addresses, accounts and networks, and states. */
import type { Daemon } from "../../../daemon/daemon.ts";
import { CodedError } from "../../../domain/errors.ts";
import { formatInstant, instant } from "../../../domain/instant.ts";
import { DAY_MS, HOUR_MS, type Stats, type TopKind } from "../../../domain/stats.ts";
import { buildSeries, type Series } from "../../../telemetry/stats/build-series.ts";
import { mergeTops } from "../../../telemetry/stats/top-list.ts";
import type { Commands } from "../../messages.ts";
import type { StatsReply, StatsSeriesReply, StatsTopReply } from "../../stats-messages.ts";
import { requireKnownJail } from "../known-jail.ts";

/** Maximum number of values of one counter in a reply. */
const MAX_VALUES = 20_000;
const MAX_PERIOD_MS = 800 * DAY_MS;
/** Number of keys to which the lists of days are merged. */
const MERGED_KEYS = 2000;
const DEFAULT_TOP = 20;

export function describeStats(daemon: Daemon, input: Commands["stats"]["in"]): StatsReply {
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
  const read = stats.read({ from, to });
  const series = buildSeries(read, { firstHour, step, steps, by, jail });
  if (jail !== undefined && !isKnown(read, jail)) requireKnownJail(daemon, jail);
  if (series.length * steps > MAX_VALUES) throw refuse(tooMany(series.length * steps));
  const topOf = (kind: TopKind): readonly StatsTopReply[] => describeTop(read, kind, top);
  return {
    ...{ from: formatInstant(from), to: formatInstant(to), step_ms: step * HOUR_MS },
    series: series.map(describeSeries),
    top: { address: topOf("address"), user: topOf("user"), network: topOf("network") },
    changes: read.changes
      .filter((change) => jail === undefined || change.jail === jail)
      .map(({ at, cause, ...change }) => {
        return { ...change, at: formatInstant(at), cause: cause ?? null };
      }),
  };
}

function refuse(message: string): CodedError {
  return new CodedError("bad-input", `stats: ${message}`);
}

function tooMany(values: number): string {
  return `${values} values in each counter are more than ${MAX_VALUES}: ask for a longer step`;
}

/** Returns whether something is recorded of the jail, which may have been removed since. */
function isKnown({ counts, runs }: Stats, name: string): boolean {
  return [...counts, ...runs].some(({ jail }) => jail === name);
}

function describeSeries({ jail, rule, covered, counts, totals }: Series): StatsSeriesReply {
  return { jail: jail ?? null, rule: rule ?? null, covered, counts, totals };
}

function describeTop({ tops }: Stats, kind: TopKind, limit: number): readonly StatsTopReply[] {
  const lists = tops.filter((top) => top.kind === kind).map(({ list }) => list);
  const { entries } = mergeTops(lists, MERGED_KEYS);
  return entries.slice(0, limit).map(({ key, count: failures, error }) => {
    return { key, failures, error };
  });
}
