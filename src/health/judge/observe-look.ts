/**
 * Adds one look at a source's line counter to its habit. Only observed time counts: a sleeping host, a stopped daemon
 * and a clock change do not alter the habit. Alarming observations are learned slowly, so that one outage does not make
 * the next one usual.
 */
import {
  atHour,
  expectedActivity,
  expectedLines,
  fallLimit,
  floodLimit,
  silenceLimit,
} from "./expectation.ts";
import { createExtremes, largest, noteExtreme } from "./extremes.ts";
import { DAY_HOURS, type Habit, type HabitHour, HOUR_MS, LOOK_MS } from "./habit.ts";

/** Maximum time between two looks that counts as observed. */
const MAX_LOOK_MS = 150_000;
/**
 * Alarming values start with this age, so that they expire four weeks sooner: a holiday raises the limit for a week.
 */
const ALARM_AGED_HOURS = 672;
/** Number of weeks remembered; older ones lose weight. */
const WEEKS = 4;
/** A shorter observation of an hour is ignored. */
const MIN_WATCHED_PART = 0.1;
/** Lines in an hour beyond this multiple of the expectation are cut as a burst. */
const BURST = 3;
const BURST_LINES = 5;
/** A day is judged only if this many of its looks are expected to find lines. */
const MIN_LOOKS = 30;
/** A fall has ended when its factor is below this fraction of its worst. */
const OVER = 0.7;
/** A level that stays far below the usual for this long becomes the new habit. */
const NEW_HABIT_HOURS = 72;
const NEW_HABIT_WEIGHT = 0.3;
const LEVEL_AFTER_HOURS = 336;

export interface Look {
  /** Hour of the week, in local time; 0 begins on Sunday at 00:00. */
  readonly hour: number;
  /** Milliseconds since the previous look, by a monotonic clock. */
  readonly elapsed: number;
  /** Lines since the previous look. */
  readonly lines: number;
}

export function observeLook(habit: Habit, { hour, elapsed, lines }: Look): void {
  if (habit.hour.of !== hour) closeHour(habit, hour);
  if (elapsed <= 0 || elapsed > MAX_LOOK_MS) {
    if (lines > 0) [habit.missed, habit.quiet] = [0, 0];
    return;
  }
  habit.observed += elapsed / HOUR_MS;
  habit.hour.watched += elapsed / HOUR_MS;
  if (lines > 0) {
    endGap(habit);
    habit.activeLooks++;
    habit.hour.active += Math.min(1, elapsed / LOOK_MS);
    habit.hour.lines += lines;
    noteFlood(habit);
  } else {
    habit.quiet += elapsed;
    habit.missed += habit.hour.activity * (elapsed / LOOK_MS);
  }
}

function endGap(habit: Habit): void {
  const { missed, observed, gaps } = habit;
  [habit.missed, habit.quiet] = [0, 0];
  if (missed === 0) return;
  const limit = silenceLimit(habit);
  if (missed < limit) {
    noteExtreme(gaps, missed, observed);
    return;
  }
  // At most one alarming value per day is learned: it may be an outage that must be reported again.
  if (habit.alarmed > 0 && observed - habit.alarmed < DAY_HOURS) return;
  habit.alarmed = observed;
  noteExtreme(gaps, limit, Math.max(0, observed - ALARM_AGED_HOURS));
}

function noteFlood(habit: Habit): void {
  const { lines } = habit.hour;
  if (habit.observed < LEVEL_AFTER_HOURS || lines < floodLimit(habit)) return;
  habit.above = { lines, busiest: largest(habit.busiest), hours: 0 };
}

/** Adds the finished hour to the averages. */
function closeHour(habit: Habit, next: number): void {
  const hour = habit.hour;
  if (hour.watched >= MIN_WATCHED_PART) learnHour(habit, hour);
  const activity = expectedActivity(habit, next);
  habit.hour = { of: next, activity, watched: 0, active: 0, lines: 0 };
}

function learnHour(habit: Habit, hour: HabitHour): void {
  const expected = expectedLines(habit, hour.of) * hour.watched;
  const known = atHour(habit.weight, hour.of) > 0;
  const lines = known ? Math.min(hour.lines, BURST * expected + BURST_LINES) : hour.lines;
  learn(habit, { ...hour, lines });
  if (habit.above !== undefined && ++habit.above.hours > 1) habit.above = undefined;
  noteExtreme(habit.busiest, hour.lines, habit.observed);
  const looks = (hour.activity * hour.watched * HOUR_MS) / LOOK_MS;
  habit.day.push({ lines, expected, looks });
  if (habit.day.length > DAY_HOURS) habit.day.shift();
  judgeDay(habit);
}

function learn({ active, lines, weight }: Habit, hour: HabitHour): void {
  const { of } = hour;
  const sum = atHour(weight, of) + hour.watched;
  const keep = Math.min(1, WEEKS / sum);
  weight[of] = sum * keep;
  active[of] = (atHour(active, of) + hour.active) * keep;
  lines[of] = (atHour(lines, of) + hour.lines) * keep;
}

function judgeDay(habit: Habit): void {
  const fall = fallOf(habit);
  const { hours, worst } = habit.below;
  if (fall === undefined) {
    habit.below = { hours: 0, worst };
    return;
  }
  const limit = habit.observed < LEVEL_AFTER_HOURS ? Number.POSITIVE_INFINITY : fallLimit(habit);
  if (fall >= limit) {
    habit.below = { hours: hours + 1, worst: Math.max(worst, fall) };
    if (hours + 1 >= NEW_HABIT_HOURS) relearn(habit);
    return;
  }
  // A fall that has not ended may be an outage, so it is not learned.
  const over = fall < worst * OVER;
  if (over) noteExtreme(habit.falls, Math.min(worst, limit), habit.observed);
  habit.below = { hours: 0, worst: over ? fall : Math.max(worst, fall) };
}

/** Returns the factor by which lines are below the expectation; undefined if too few are expected. */
function fallOf(habit: Habit): number | undefined {
  const { day } = habit;
  const looks = day.reduce((sum, hour) => sum + hour.looks, 0);
  // If a source may be silent for a day, few lines prove nothing.
  const least = Math.max(MIN_LOOKS, 2 * silenceLimit(habit));
  if (day.length < DAY_HOURS || looks < least) return undefined;
  const expected = day.reduce((sum, hour) => sum + hour.expected, 0);
  return expected / (1 + day.reduce((sum, hour) => sum + hour.lines, 0));
}

function relearn(habit: Habit): void {
  for (const [hour, weight] of habit.weight.entries()) {
    const keep = weight > NEW_HABIT_WEIGHT ? NEW_HABIT_WEIGHT / weight : 1;
    habit.weight[hour] = weight * keep;
    habit.lines[hour] = atHour(habit.lines, hour) * keep;
    habit.active[hour] = atHour(habit.active, hour) * keep;
  }
  habit.below = { hours: 0, worst: 0 };
  habit.falls = createExtremes();
  habit.day = [];
}
