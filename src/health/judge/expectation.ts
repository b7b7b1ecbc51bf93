/**
 * Computes what to expect from a habit, and which deviation is plausible. Expectations are low: an hour without data is
 * expected to be as quiet as the quietest known hour, and one busy week does not make an hour busy. Plausible gaps
 * follow from the longest past ones, so bursty sources get longer limits than steady ones.
 */
import { excess, largest } from "./extremes.ts";
import { DAY_HOURS, type Habit, HOUR_MS, HOURS, LOOK_MS } from "./habit.ts";

/** A prior, so that a single observation does not mean "always", and a missing one does not mean "never". */
const PRIOR = 0.2;
/** An hour with less observation time counts as unknown. */
const KNOWN_HOURS = 0.2;
/** The same hour of other days limits the expectation. */
const OTHER_DAYS = 1.5;
const LOOKS_AN_HOUR = HOUR_MS / LOOK_MS;
/** How many times the mean excess of a gap is added to the longest gap: e^-8 is once in three thousand. */
const EXCESSES = 8;
const BEYOND_LONGEST = 1.8;
const MIN_EXCESS = 0.3;
const MIN_MISSED = 4;
/** Weeks after which an hour of the week is fully known. */
const WEEKS = 4;
const MIN_STEADY_ACTIVITY = 0.2;
const MIN_FALL = 3.3;
const BEYOND_FALL = 2;
const MIN_FLOOD = 1000;
const BEYOND_BUSIEST = 10;

/** Lines in this hour of the week, without bursts. */
export function expectedLines(habit: Habit, hour: number): number {
  return expected(habit, habit.lines, hour);
}

/** Share of looks in this hour of the week that find a line, in [0, 1]. */
export function expectedActivity(habit: Habit, hour: number): number {
  return Math.min(1, expected(habit, habit.active, hour) / LOOKS_AN_HOUR);
}

function expected(habit: Habit, sums: Float64Array, hour: number): number {
  const typical = ofHourOfDay(habit, sums, hour % DAY_HOURS);
  if (typical === undefined) return 0;
  const weight = atHour(habit.weight, hour);
  if (weight < KNOWN_HOURS) return quietestHour(habit, sums);
  const own = Math.min(withPrior(habit, sums, hour, typical), typical * OTHER_DAYS);
  // One busy Monday does not make Mondays busy; but if every day is busy, one is enough.
  const sure = Math.min(1, weight / WEEKS);
  return own * sure + Math.min(own, quietestDay(habit, sums, hour, typical)) * (1 - sure);
}

function withPrior({ weight }: Habit, sums: Float64Array, hour: number, typical: number): number {
  if (typical === 0) return 0;
  return (atHour(sums, hour) + PRIOR) / (atHour(weight, hour) + PRIOR / typical);
}

/** The mean over all days; undefined if this hour was never observed. */
function ofHourOfDay(habit: Habit, sums: Float64Array, hourOfDay: number): number | undefined {
  let [sum, weight] = [0, 0];
  for (let hour = hourOfDay; hour < HOURS; hour += DAY_HOURS) {
    sum += atHour(sums, hour);
    weight += atHour(habit.weight, hour);
  }
  return weight < KNOWN_HOURS ? undefined : sum / weight;
}

/** The minimum of the same hour over the observed days. */
function quietestDay(habit: Habit, sums: Float64Array, hour: number, typical: number): number {
  let least = typical;
  for (let one = hour % DAY_HOURS; one < HOURS; one += DAY_HOURS) {
    if (atHour(habit.weight, one) < KNOWN_HOURS) continue;
    least = Math.min(least, withPrior(habit, sums, one, typical));
  }
  return least;
}

function quietestHour(habit: Habit, sums: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let hour = 0; hour < DAY_HOURS; hour++) {
    least = Math.min(least, ofHourOfDay(habit, sums, hour) ?? 0);
  }
  return least;
}

/** Returns the sum of an hour of the week. */
export function atHour(sums: Float64Array, hour: number): number {
  return sums[hour] ?? 0;
}

/** Whether lines come in every observed hour, so that one day is enough to know them. */
export function isSteady(habit: Habit): boolean {
  return quietestHour(habit, habit.active) >= MIN_STEADY_ACTIVITY * LOOKS_AN_HOUR;
}

/** How many looks with an expected line may be missed in a row before silence is implausible. */
export function silenceLimit(habit: Habit): number {
  const longest = largest(habit.gaps);
  const thinned = longest + EXCESSES * Math.max(MIN_EXCESS, excess(habit.gaps));
  return Math.max(MIN_MISSED, thinned, BEYOND_LONGEST * longest) * early(habit);
}

/** How many times fewer lines than usual a day may have. */
export function fallLimit(habit: Habit): number {
  return Math.max(MIN_FALL, BEYOND_FALL * largest(habit.falls)) * early(habit);
}

/** In the first weeks, the extremes of a typical month have not been observed yet. */
function early({ observed }: Habit): number {
  return Math.max(1, 4 - (0.75 * observed) / HOURS);
}

/** Lines per hour that are far above everything observed. */
export function floodLimit(habit: Habit): number {
  return Math.max(MIN_FLOOD, BEYOND_BUSIEST * largest(habit.busiest));
}
