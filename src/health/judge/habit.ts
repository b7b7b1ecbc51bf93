/**
 * Defines the usual rate of one source's lines by hour of the week. `observe-look.ts` learns it, `judge-flow.ts` judges
 * by it. Activity (looks that found a line) shows silence, because a burst adds little to it; lines, with bursts cut,
 * show a change of level. One object of about 6 KiB, updated in place.
 */
import { createExtremes, type Extremes } from "./extremes.ts";

/** Number of hours of a week. They count from Sunday 00:00, local time. */
export const HOURS = 168;
export const DAY_HOURS = 24;
/** Looks are scaled to this interval. */
export const LOOK_MS = 30_000;
export const HOUR_MS = 3_600_000;

export interface Habit {
  /** Looks that found a line, lines with bursts cut, hours observed: each by hour of the week. */
  readonly active: Float64Array;
  readonly lines: Float64Array;
  readonly weight: Float64Array;
  /** Total of hours observed, and of looks that found a line. */
  observed: number;
  activeLooks: number;
  /** Since the last line: expected looks with a line, and milliseconds observed. */
  missed: number;
  quiet: number;
  /** The longest gaps, in expected looks with a line. */
  gaps: Extremes;
  /** When a gap was last implausibly long, in hours observed; 0: never. */
  alarmed: number;
  hour: HabitHour;
  /** The last DAY_HOURS observed hours, the newest last. */
  day: HourSum[];
  /** Lines of the busiest hours. */
  busiest: Extremes;
  /** How many times fewer lines than usual a day had. */
  falls: Extremes;
  /** The current fall: its worst so far, and for how many hours it has been beyond the limit. */
  below: { hours: number; worst: number };
  /** Lines of the last hour far above the usual, and of the busiest hour before it; expires two hours later. */
  above: { lines: number; busiest: number; hours: number } | undefined;
}

/** The current hour. */
export interface HabitHour {
  /** Of the week. */
  readonly of: number;
  /** Share of looks that are expected to find a line. */
  readonly activity: number;
  /** The observed part of the hour. */
  watched: number;
  active: number;
  lines: number;
}

export interface HourSum {
  readonly lines: number;
  readonly expected: number;
  /** Looks that were expected to find a line. */
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
