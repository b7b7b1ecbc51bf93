/** Adds up the counts of hours to steps. A count is null where the daemon or the jail did not run. */
import { MANUAL } from "../../domain/jail-name.ts";
import {
  type Counter,
  COUNTERS,
  DAEMON_RUN,
  HOUR_MS,
  type HourCount,
  type JailRun,
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

interface SeriesKey {
  readonly jail: string | undefined;
  readonly rule: string | undefined;
}

interface Sums extends SeriesKey {
  readonly counts: Counts<number[]>;
}

/** Builds series from counts that are added in parts, so that a long period needs little memory. */
export class SeriesBuilder {
  readonly #plan: SeriesPlan;
  readonly #sums = new Map<string, Sums>();

  constructor(plan: SeriesPlan) {
    this.#plan = plan;
    if (plan.by === undefined) this.#sumsOf(plan.jail, undefined);
  }

  /** Number of series so far. */
  get size(): number {
    return this.#sums.size;
  }

  add(counts: readonly HourCount[]): void {
    const { by, jail: only, firstHour, step: length, steps } = this.#plan;
    for (const { jail, rule, counter, hour, count } of counts) {
      if (only !== undefined && jail !== only) continue;
      if (by === "rule" && rule === "") continue;
      const step = Math.floor((hour - firstHour) / length);
      if (step < 0 || step >= steps) continue;
      const sums = this.#sumsOf(by === undefined ? only : jail, by === "rule" ? rule : undefined)
        .counts[counter];
      sums[step] = (sums[step] ?? 0) + count;
    }
  }

  #sumsOf(jail: string | undefined, rule: string | undefined): Sums {
    const { steps } = this.#plan;
    return this.#sums.getOrInsertComputed(`${jail} ${rule}`, () => {
      const counts = mapCounters(() => Array.from({ length: steps }, () => 0));
      return { jail, rule, counts };
    });
  }

  /** Returns the series, sorted by jail and rule. */
  finish(runs: readonly JailRun[]): readonly Series[] {
    const { by, jail: only } = this.#plan;
    if (by === "jail")
      for (const { jail } of runs)
        if (jail !== DAEMON_RUN && (only ?? jail) === jail) this.#sumsOf(jail, undefined);
    return [...this.#sums.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, sums]) => finishOne(sums, runs, this.#plan));
  }
}

function finishOne(
  { jail, rule, counts }: Sums,
  runs: readonly JailRun[],
  plan: SeriesPlan,
): Series {
  const runner = jail === undefined || jail === MANUAL ? DAEMON_RUN : jail;
  const own = runs.filter((run) => run.jail === runner);
  const covered = coverage(own, plan);
  const drops = own.filter(({ countsDrops }) => countsDrops);
  const dropsCovered = coverage(drops, plan);
  const values = mapCounters((counter) => {
    const isUnknown = rule !== undefined && OF_JAIL.has(counter);
    const shares = counter === "dropped" ? dropsCovered : covered;
    return counts[counter].map((sum, i) =>
      isUnknown || (sum === 0 && shares[i] === 0) ? null : sum,
    );
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
