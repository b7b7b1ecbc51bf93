/** The timestamp of a line. `year` 0: missing. `offset` NaN: no zone, minutes east of UTC otherwise. */
export interface Stamp {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  offset: number;
  /** Set instead of the rest by forms that count seconds; NaN otherwise. */
  epoch: number;
  readonly context: StampContext;
}

/** Which number of a numeric date comes first. */
export type DateOrder = "day-first" | "month-first" | "year-first";

/** Decides how ambiguous timestamps of a log are parsed. One for all timestamps of a log. */
export interface StampContext {
  /** The time of reading; Infinity: unknown, and nothing is too new. */
  now: number;
  /** A number at the start of a line that would be an earlier time is something else, such as an account. */
  since: number;
  /** Milliseconds east of UTC at an instant, here. */
  localOffset: ((at: number) => number) | undefined;
  /** Learned from a date that is valid in only one order. */
  order: DateOrder | undefined;
}

/** The month of a timestamp whose month could not be parsed: in another language. */
export const UNKNOWN_MONTH = 0;

/** Whether it identifies an instant by itself, whatever the writer's zone. */
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

/** For the start of lines, which need not be a time. */
export function setMoment(context: StampContext, now: number): void {
  context.now = now;
  context.since = now - YEAR;
}
