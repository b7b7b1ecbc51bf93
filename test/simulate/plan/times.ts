/** Lengths of time in milliseconds. */
export const MINUTE: number = 60_000;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;
/** Before it nothing happens: the daemon has started. */
export const FIRST_STEP: number = 2 * MINUTE;
