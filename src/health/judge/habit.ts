/**
 * Defines the usual rate of one source's lines, by hour of the week. `observe-look.ts` learns it, `judge-flow.ts`
 * compares with it. The share of looks that found a line shows silence, because a burst changes it little. The number
 * of lines, with bursts cut, shows a changed level. One object of about 6 KiB, updated in place.
 */
import { createExtremes, type Extremes } from "./extremes.ts";

/** Number of hours of a week. Hour 0 begins on Sunday at 00:00, local time. */
export const HOURS = 168;
export const DAY_HOURS = 24;
/** Counts of looks are scaled to this interval. */
export const LOOK_MS = 30_000;
export const HOUR_MS = 3_600_000;

export interface Habit {
  /** By hour of the week: looks that found a line, lines with bursts cut, hours observed. */
  readonly active: Float64Array;
  readonly lines: Float64Array;
  readonly weight: Float64Array;
  /** Total hours observed, and total looks that found a line. */
  observed: number;
  activeLooks: number;
  /** Since the last line: expected looks with a line, and milliseconds observed. */
  missed: number;
  quiet: number;
  /** The longest gaps, in expected looks with a line. */
  gaps: Extremes;
  /** The value of `observed` at the last implausibly long gap; 0: never. */
  alarmed: number;
  hour: HabitHour;
  /** The last DAY_HOURS observed hours, newest last. */
  day: HourSum[];
  /** Numbers of lines in the busiest hours. */
  busiest: Extremes;
  /** Factors by which a day's lines were below the usual. */
  falls: Extremes;
  /** The current fall: its largest factor, and the hours for which it exceeded the limit. */
  below: { hours: number; worst: number };
  /** An hour far above the usual: its lines, and those of the busiest earlier hour; expires after two hours. */
  above: { lines: number; busiest: number; hours: number } | undefined;
}

/** The current hour. */
export interface HabitHour {
  /** Hour of the week. */
  readonly of: number;
  /** Share of looks that are expected to find a line. */
  readonly activity: number;
  /** The observed part of the hour, 0 to 1. */
  watched: number;
  active: number;
  lines: number;
}

export interface HourSum {
  readonly lines: number;
  readonly expected: number;
  /** Number of looks that were expected to find a line. */
  readonly looks: number;
}

export function createHabit(): Habit {
  return {
    active: new Float64Array(HOURS),
    lines: new Float64Array(HOURS),
    weight: new Float64Array(HOURS),
    observed: 0,
    activeLooks: 0,
    missed: 0,
    quiet: 0,
    gaps: createExtremes(),
    alarmed: 0,
    hour: { of: 0, activity: 0, watched: 0, active: 0, lines: 0 },
    day: [],
    busiest: createExtremes(),
    falls: createExtremes(),
    below: { hours: 0, worst: 0 },
    above: undefined,
  };
}
