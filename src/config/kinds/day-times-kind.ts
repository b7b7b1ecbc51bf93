/** Reads hours of the day, such as "22:00-07:00". */
import { fail, ok } from "../../domain/result.ts";
import { describeValue } from "./describe-value.ts";
import { exampleOf, type Kind, mistake } from "./kind.ts";

/** Minutes since midnight. `to` is before `from` if midnight lies between them. */
export interface DayTimes {
  readonly from: number;
  readonly to: number;
}

const TIMES = /^([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)$/;

export const dayTimesKind: Kind<DayTimes> = {
  describe: (limits) => `hours of the day such as "${exampleOf(limits, "22:00-07:00")}"`,
  read(value, limits) {
    const found = typeof value === "string" ? TIMES.exec(value) : null;
    const [, fromHour, fromMinute, toHour, toMinute] = (found ?? []).map(Number);
    const from = (fromHour ?? 0) * 60 + (fromMinute ?? 0);
    const to = (toHour ?? 0) * 60 + (toMinute ?? 0);
    return found !== null && from !== to
      ? ok({ from, to })
      : fail(mistake(describeValue(value), this.describe(limits)));
  },
};
