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
}

/** The month of a stamp whose month could not be read: in another language. */
export const UNKNOWN_MONTH = 0;

/** Whether it says by itself which instant it is, in whatever zone its writer is. */
export function hasOffset({ offset, epoch }: Stamp): boolean {
  return !Number.isNaN(offset) || !Number.isNaN(epoch);
}

export function createStamp(): Stamp {
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
  };
}
