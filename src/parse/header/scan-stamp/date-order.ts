/**
 * Decides which of the numbers in "11/12/2026" is the month. First, only orders that are possible: there are 12 months,
 * and a log does not contain future dates. Then the order that other lines of the log have shown, then the date closest
 * to the present, then the usual order of the form. Owns no state: earlier results are kept in the stamp's context.
 */
import type { DateOrder, Stamp } from "../stamp.ts";

const DAY = 86_400_000;
/** Maximum distance from the present that decides. Two readings of one date are at least four weeks apart. */
const NEAR = 7 * DAY;

/** The three numbers of a date, in the order of the text. */
export interface WrittenDate {
  readonly first: number;
  readonly second: number;
  readonly third: number;
  /** Whether the year, in any position, has two digits. */
  readonly isShort: boolean;
  /** The order to use if nothing else decides. */
  readonly habit: DateOrder;
}

const ORDERS: readonly DateOrder[] = ["day-first", "month-first", "year-first"];

/** Sets year, month and day. Returns false if no order gives a valid date. */
export function setByOrder(stamp: Stamp, written: WrittenDate): boolean {
  const { context } = stamp;
  const real = ORDERS.filter((order) => !Number.isNaN(dateIn(written, order)));
  const past = real.filter((order) => dateIn(written, order) <= context.now + DAY);
  const [first, ...others] = past.length > 0 ? past : real;
  if (first === undefined) return false;
  const chosen = others.length === 0 ? first : choose(written, [first, ...others], stamp);
  if (others.length === 0) context.order = first;
  const date = new Date(dateIn(written, chosen));
  stamp.year = date.getUTCFullYear();
  stamp.month = date.getUTCMonth() + 1;
  stamp.day = date.getUTCDate();
  return true;
}

function choose(
  written: WrittenDate,
  possible: readonly [DateOrder, ...DateOrder[]],
  { context: { order, now } }: Stamp,
): DateOrder {
  if (order !== undefined && possible.includes(order)) return order;
  const near = possible.filter((one) => Math.abs(dateIn(written, one) - now) <= NEAR);
  const [nearest] = near;
  if (nearest !== undefined) return nearest;
  return possible.find((one) => one === written.habit) ?? possible[0];
}

/** Returns midnight UTC of the day; NaN if it does not exist. */
function dateIn({ first, second, third, isShort }: WrittenDate, order: DateOrder): number {
  if (order === "year-first") return isShort ? midnight(first, second, third, true) : Number.NaN;
  return order === "day-first"
    ? midnight(third, second, first, isShort)
    : midnight(third, first, second, isShort);
}

function midnight(year: number, month: number, day: number, isShort: boolean): number {
  const full = isShort ? 2000 + year : year;
  if (full < 1970 || month < 1 || month > 12 || day < 1) return Number.NaN;
  const at = Date.UTC(full, month - 1, day);
  return new Date(at).getUTCDate() === day ? at : Number.NaN;
}
