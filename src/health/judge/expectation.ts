/**
 * Computes expected lines and plausible deviations from a habit. Expectations are low: an hour without data is expected
 * to be as quiet as the quietest known hour, and one busy week does not make an hour busy. Plausible gaps follow from
 * the longest past ones, so bursty sources get longer limits than steady ones.
 */
import { excess, largest } from "./extremes.ts";
import { DAY_HOURS, type Habit, HOUR_MS, HOURS, LOOK_MS } from "./habit.ts";

/** Weight of the prior (the typical hour), so that a single observation does not decide. */
const PRIOR = 0.2;
/** An hour of the week with less observed time, in hours, counts as unknown. */
const KNOWN_HOURS = 0.2;
/** An hour is expected to have at most this multiple of the same hour on other days. */
const OTHER_DAYS = 1.5;
const LOOKS_AN_HOUR = HOUR_MS / LOOK_MS;
/** Number of mean excesses that are added to the longest gap; e^-8 is one in three thousand. */
const EXCESSES = 8;
/** Minimum factor between the longest past gap and an implausible one. */
const BEYOND_LONGEST = 1.8;
/** Minimum mean excess, in expected looks with a line. */
const MIN_EXCESS = 0.3;
/** Minimum of an implausible gap, in expected looks with a line. */
const MIN_MISSED = 4;
/** Weeks after which an hour of the week is fully known. */
const WEEKS = 4;
/** Minimum share of looks that find a line, in every hour of a steady source. */
const MIN_STEADY_ACTIVITY = 0.2;
/** A fall of a day's lines is implausible beyond this factor and beyond this multiple of the largest past one. */
const MIN_FALL = 3.3;
const BEYOND_FALL = 2;
/** A flood is more lines in an hour than this and than this multiple of the busiest past hour. */
const MIN_FLOOD = 1000;
const BEYOND_BUSIEST = 10;

/** Returns the expected lines in this hour of the week, without bursts. */
export function expectedLines(habit: Habit, hour: number): number {
  return expected(habit, habit.lines, hour);
}

/** Returns the expected share of looks in this hour of the week that find a line, in [0, 1]. */
export function expectedActivity(habit: Habit, hour: number): number {
  return Math.min(1, expected(habit, habit.active, hour) / LOOKS_AN_HOUR);
}

function expected(habit: Habit, sums: Float64Array, hour: number): number {
  const typical = ofHourOfDay(habit, sums, hour % DAY_HOURS);
  if (typical === undefined) return 0;
  const weight = atHour(habit.weight, hour);
  if (weight < KNOWN_HOURS) return quietestHour(habit, sums);
  const own = Math.min(withPrior(habit, sums, hour, typical), typical * OTHER_DAYS);
  // The fewer weeks were observed, the more the quietest day counts.
  const sure = Math.min(1, weight / WEEKS);
  return own * sure + Math.min(own, quietestDay(habit, sums, hour, typical)) * (1 - sure);
}

function withPrior({ weight }: Habit, sums: Float64Array, hour: number, typical: number): number {
  if (typical === 0) return 0;
  return (atHour(sums, hour) + PRIOR) / (atHour(weight, hour) + PRIOR / typical);
}

/** Returns the mean of this hour over all days; undefined if it was never observed. */
function ofHourOfDay(habit: Habit, sums: Float64Array, hourOfDay: number): number | undefined {
  let [sum, weight] = [0, 0];
  for (let hour = hourOfDay; hour < HOURS; hour += DAY_HOURS) {
    sum += atHour(sums, hour);
    weight += atHour(habit.weight, hour);
  }
  return weight < KNOWN_HOURS ? undefined : sum / weight;
}

/** Returns the minimum of the same hour over the observed days. */
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

/** Reports whether lines come in every observed hour, so that one day suffices to learn the habit. */
export function isSteady(habit: Habit): boolean {
  return quietestHour(habit, habit.active) >= MIN_STEADY_ACTIVITY * LOOKS_AN_HOUR;
}

/** Returns how many expected looks with a line may be missed before silence is implausible. */
export function silenceLimit(habit: Habit): number {
  const longest = largest(habit.gaps);
  const thinned = longest + EXCESSES * Math.max(MIN_EXCESS, excess(habit.gaps));
  return Math.max(MIN_MISSED, thinned, BEYOND_LONGEST * longest) * early(habit);
}

/** Returns the factor by which a day's lines may fall below the usual. */
export function fallLimit(habit: Habit): number {
  return Math.max(MIN_FALL, BEYOND_FALL * largest(habit.falls)) * early(habit);
}

/** Returns a factor that widens limits in the first weeks, before a month's extremes were observed. */
function early({ observed }: Habit): number {
  return Math.max(1, 4 - (0.75 * observed) / HOURS);
}

/** Returns the lines per hour above which an hour is reported, far beyond the busiest observed one. */
export function floodLimit(habit: Habit): number {
  return Math.max(MIN_FLOOD, BEYOND_BUSIEST * largest(habit.busiest));
}
