/** What a line says about its time. `year` 0: not said. `offset` NaN: no zone, minutes east of UTC otherwise. */
export interface Stamp {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  offset: number;
  /** Set instead of the rest by formats that count seconds; NaN otherwise. */
  epoch: number;
  readonly context: StampContext;
}

/** Which number of a date in digits comes first. */
export type DateOrder = "day-first" | "month-first" | "year-first";

/** What decides how the stamps of a log are read where their form alone does not. One for all stamps of a log. */
export interface StampContext {
  /** The moment of reading; Infinity: nothing is known of it, and nothing is too new. */
  now: number;
  /** Digits alone at the head of a line that would be an earlier time are something else, such as an account. */
  since: number;
  /** Milliseconds east of UTC at an instant, here. */
  localOffset: ((at: number) => number) | undefined;
  /** Shown by a date that only one order makes sense of. */
  order: DateOrder | undefined;
}

/** The month of a stamp whose month could not be read: in another language. */
export const UNKNOWN_MONTH = 0;

/** Whether it says by itself which instant it is, in whatever zone its writer is. */
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

/** For the head of lines, of which nobody says that they begin with a time. */
export function setMoment(context: StampContext, now: number): void {
  context.now = now;
  context.since = now - YEAR;
}
