/**
 * A habit is the usual rate of one source's lines by hour of the week. `observe-look.ts` learns it, `judge-flow.ts` judges
 * by it. Activity (looks that saw a line) shows silence, since a burst adds little to it; lines, with bursts cut, show a
 * change of level. One object of about 6 KiB, changed in place.
 */
import { createExtremes, type Extremes } from "./extremes.ts";

/** Of a week. Hours of the week count from Sunday 00:00, local time. */
export const HOURS = 168;
export const DAY_HOURS = 24;
/** How often a look is expected; what is counted in looks is scaled to it. */
export const LOOK_MS = 30_000;
export const HOUR_MS = 3_600_000;

export interface Habit {
  /** Looks that saw a line, lines with bursts cut, hours watched: each by hour of the week. */
  readonly active: Float64Array;
  readonly lines: Float64Array;
  readonly weight: Float64Array;
  /** Hours watched, and looks that saw a line, altogether. */
  observed: number;
  seen: number;
  /** Since the last line: looks with a line that were to be expected, and milliseconds watched. */
  missed: number;
  quiet: number;
  /** The longest gaps, in looks with a line that were to be expected. */
  gaps: Extremes;
  /** When a gap last was longer than plausible, in hours watched; 0: never. */
  alarmed: number;
  hour: HabitHour;
  /** The last DAY_HOURS hours that were watched, the newest last. */
  day: HourSum[];
  /** Lines of the busiest hours. */
  busiest: Extremes;
  /** How many times smaller than its habit a day was. */
  falls: Extremes;
  /** The present fall: its worst so far, and for how many hours it has been beyond the limit. */
  below: { hours: number; worst: number };
  /** Lines of the last hour that was far above, and of the busiest before it; no longer news two hours later. */
  above: { lines: number; busiest: number; hours: number } | undefined;
}

/** The hour that runs. */
export interface HabitHour {
  /** Of the week. */
  readonly of: number;
  /** Share of looks that are expected to see a line. */
  readonly activity: number;
  /** Part of it that was watched. */
  watched: number;
  active: number;
  lines: number;
}

export interface HourSum {
  readonly lines: number;
  readonly expected: number;
  /** Looks that were expected to see a line. */
  readonly looks: number;
}

export function createHabit(): Habit {
  return {
    active: new Float64Array(HOURS),
    lines: new Float64Array(HOURS),
    weight: new Float64Array(HOURS),
    observed: 0,
    seen: 0,
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
