/** The timestamp of a line. `year` 0: missing. `offset`: minutes east of UTC; NaN: no zone. */
export interface Stamp {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  offset: number;
  /** Milliseconds since 1970, instead of the other fields, for forms that count seconds; NaN otherwise. */
  epoch: number;
  readonly context: StampContext;
}

/** Which number of a numeric date comes first. */
export type DateOrder = "day-first" | "month-first" | "year-first";

/** What is known about the timestamps of a log, to parse ambiguous ones. One object for all timestamps of a log. */
export interface StampContext {
  /** The time of reading; Infinity: unknown, so no time is in the future. */
  now: number;
  /**
   * A number at the start of a line that would be an earlier time than this is not a time, but for example an account.
   */
  since: number;
  /** Returns the offset of local time at an instant, in milliseconds east of UTC. */
  localOffset: ((at: number) => number) | undefined;
  /** The order learned from a date that is valid in only one. */
  order: DateOrder | undefined;
}

/** The month of a timestamp in another language. */
export const UNKNOWN_MONTH = 0;

/** Returns whether the timestamp identifies an instant without the writer's zone. */
export function hasOffset({ offset, epoch }: Stamp): boolean {
  return !Number.isNaN(offset) || !Number.isNaN(epoch);
}

export function createStamp(context: StampContext = createStampContext()): Stamp {
  return {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    millisecond: 0,
    offset: Number.NaN,
    epoch: Number.NaN,
    context,
  };
}

export function createStampContext(localOffset?: (at: number) => number): StampContext {
  return { now: Number.POSITIVE_INFINITY, since: 0, localOffset, order: undefined };
}

const YEAR = 366 * 86_400_000;

/** Sets the time of reading for the start of lines, which need not be a time. */
export function setMoment(context: StampContext, now: number): void {
  context.now = now;
  context.since = now - YEAR;
}
