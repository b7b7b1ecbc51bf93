/** Adds up the counts of hours to steps. A count is null where the daemon or the jail did not run. */
import { MANUAL } from "../../domain/jail-name.ts";
import {
  type Counter,
  COUNTERS,
  DAEMON_RUN,
  HOUR_MS,
  type HourCount,
  type JailRun,
  type Stats,
} from "../../domain/stats.ts";

export interface SeriesPlan {
  /** The first hour, in hours since 1970. */
  readonly firstHour: number;
  /** Number of hours in each step. */
  readonly step: number;
  /** Number of steps. */
  readonly steps: number;
  /** undefined: one series for all. */
  readonly by: "jail" | "rule" | undefined;
  /** Only this jail. */
  readonly jail: string | undefined;
}

export type Counts<Value> = Readonly<Record<Counter, Value>>;

export interface Series {
  /** undefined: all jails. */
  readonly jail: string | undefined;
  /** undefined: all rules. */
  readonly rule: string | undefined;
  /** Share of each step in which failures would have been counted. */
  readonly covered: readonly number[];
  readonly counts: Counts<readonly (number | null)[]>;
  readonly totals: Counts<number | null>;
}

/** Counters of which the rule is unknown. */
const OF_JAIL: ReadonlySet<Counter> = new Set(["unrecognized", "dropped"]);

/** Returns the series, sorted by jail and rule. */
export function buildSeries({ counts, runs }: Stats, plan: SeriesPlan): readonly Series[] {
  const { by, jail } = plan;
  const chosen = counts.filter((one) => jail === undefined || one.jail === jail);
  if (by === undefined) return [buildOne(chosen, runs, plan, { jail, rule: undefined })];
  if (by === "rule") {
    const ofRules = chosen.filter(({ rule }) => rule !== "");
    const groups = Map.groupBy(ofRules, (one) => `${one.jail} ${one.rule}`);
    return [...groups.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, own]) => own.slice(0, 1).map((first) => buildOne(own, runs, plan, first)));
  }
  const names = new Set([...chosen, ...runs].map((one) => one.jail));
  return [...names]
    .filter((name) => name !== DAEMON_RUN && (jail === undefined || name === jail))
    .toSorted()
    .map((name) => {
      const own = chosen.filter((one) => one.jail === name);
      return buildOne(own, runs, plan, { jail: name, rule: undefined });
    });
}

interface SeriesKey {
  readonly jail: string | undefined;
  readonly rule: string | undefined;
}

function buildOne(
  counts: readonly HourCount[],
  runs: readonly JailRun[],
  plan: SeriesPlan,
  { jail, rule }: SeriesKey,
): Series {
  const runner = jail === undefined || jail === MANUAL ? DAEMON_RUN : jail;
  const own = runs.filter((run) => run.jail === runner);
  const covered = coverage(own, plan);
  const drops = own.filter(({ countsDrops }) => countsDrops);
  const dropsCovered = coverage(drops, plan);
  const values = mapCounters((counter) => {
    const sums = sumSteps(
      counts.filter((one) => one.counter === counter),
      plan,
    );
    const isUnknown = rule !== undefined && OF_JAIL.has(counter);
    const shares = counter === "dropped" ? dropsCovered : covered;
    return sums.map((sum, i) => (isUnknown || (sum === 0 && shares[i] === 0) ? null : sum));
  });
  const totals = mapCounters((counter) => {
    const known = values[counter].filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
  });
  return { jail, rule, covered, counts: values, totals };
}

function mapCounters<Value>(valueOf: (counter: Counter) => Value): Counts<Value> {
  const entries = COUNTERS.map((counter) => [counter, valueOf(counter)]);
  return Object.fromEntries(entries) as Record<Counter, Value>;
}

function sumSteps(counts: readonly HourCount[], plan: SeriesPlan): readonly number[] {
  const sums = Array.from({ length: plan.steps }, () => 0);
  for (const { hour, count } of counts) {
    const step = Math.floor((hour - plan.firstHour) / plan.step);
    if (step >= 0 && step < plan.steps) sums[step] = (sums[step] ?? 0) + count;
  }
  return sums;
}

/** Returns the covered share of each step, to four places, so that a short run never shows as none. */
function coverage(
  runs: readonly JailRun[],
  { firstHour, step, steps }: SeriesPlan,
): readonly number[] {
  const length = step * HOUR_MS;
  const begin = firstHour * HOUR_MS;
  const covered = Array.from({ length: steps }, () => 0);
  // Runs overlap only where the clock was set back.
  let until = begin;
  for (const { from, to } of runs.toSorted((a, b) => a.from - b.from)) {
    const start = Math.max(from, until);
    const end = Math.min(to, begin + steps * length);
    for (let at = start; at < end; ) {
      const i = Math.floor((at - begin) / length);
      const next = Math.min(end, begin + (i + 1) * length);
      covered[i] = (covered[i] ?? 0) + next - at;
      at = next;
    }
    until = Math.max(until, end);
  }
  return covered.map((ms) => Math.min(1, Math.ceil((ms / length) * 10_000) / 10_000));
}
