/** Defines durations in milliseconds. */
export const MINUTE: number = 60_000;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;
/** Time of the first step, when the daemon has started. */
export const FIRST_STEP: number = 2 * MINUTE;
