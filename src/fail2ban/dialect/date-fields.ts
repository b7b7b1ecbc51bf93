/** Converts the fields of a date to an instant, with fail2ban's guesses for missing fields. */
import { type Instant, instant } from "../../domain/instant.ts";
import type { LocalOffset } from "../../parse/header/timestamp.ts";
import { zoneOffset } from "./time-zones.ts";

/** Text of each field by strptime letter, or by "epoch", "long-epoch" and "tai64n"; "": the field did not match. */
export type DateFields = ReadonlyMap<string, string>;

export interface DateContext {
  readonly now: Instant;
  readonly localOffset: LocalOffset;
  /** Offset from UTC in minutes, positive in the east, for dates without a zone; undefined: local time. */
  readonly defaultZone: number | undefined;
}

const DAY = 86_400_000;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Converts the fields; undefined: not a valid date. */
export function resolveDate(fields: DateFields, context: DateContext): Instant | undefined {
  const epoch = fields.get("epoch") ?? fields.get("long-epoch");
  if (epoch !== undefined) return instant(readEpoch(epoch, fields.has("long-epoch")));
  const tai = fields.get("tai64n");
  if (tai !== undefined) return instant(Number.parseInt(tai.slice(2, 17), 16) * 1000);
  return resolveCalendar(fields, context);
}

function readEpoch(text: string, isLong: boolean): number {
  const number = Number(text);
  if (!isLong || text.length < 13) return Math.trunc(number * 1000);
  return Math.trunc(text.length >= 16 && !text.includes(".") ? number / 1000 : number);
}

function resolveCalendar(fields: DateFields, context: DateContext): Instant | undefined {
  const { now, localOffset } = context;
  const text = (key: string): string | undefined => fields.get(key) || undefined;
  const number = (key: string): number | undefined => {
    const value = text(key);
    return value === undefined ? undefined : Number(value);
  };
  const today = new Date(now + localOffset(now));
  const said = number("Y") ?? century(number("y"));
  const year = said ?? today.getUTCFullYear();
  let [month, day] = [monthOf(fields) ?? number("m"), number("d")];
  const yearday = number("j");
  if ((month === undefined || day === undefined) && yearday !== undefined) {
    const date = new Date(Date.UTC(year, 0, yearday));
    [month, day] = [date.getUTCMonth() + 1, date.getUTCDate()];
  }
  const timeOnly = month === undefined && day === undefined;
  if (timeOnly) [month, day] = [today.getUTCMonth() + 1, today.getUTCDate()];
  if (month === undefined || day === undefined) return undefined;
  const zone = zoneOf(fields) ?? context.defaultZone;
  const clock = {
    hour: hourOf(fields),
    minute: number("M") ?? 0,
    second: Math.min(number("S") ?? 0, 59),
  };
  const at = (inYear: number): number | undefined =>
    toInstant({ year: inYear, month: month ?? 1, day: day ?? 1, ...clock }, zone, context);
  const first = at(year);
  if (first === undefined) return undefined;
  if (timeOnly && first > now) return instant(first - DAY);
  if (said === undefined && first > now + DAY) {
    const before = at(year - 1);
    return before === undefined ? undefined : instant(before);
  }
  return instant(first);
}

function century(year: number | undefined): number | undefined {
  return year === undefined ? undefined : year + 2000;
}

function monthOf(fields: DateFields): number | undefined {
  const name = fields.get("b") || fields.get("B");
  const index = name ? MONTHS.indexOf(name.slice(0, 3).toLowerCase()) : -1;
  return index < 0 ? undefined : index + 1;
}

function hourOf(fields: DateFields): number {
  const hour = fields.get("H");
  if (hour) return Number(hour);
  const twelve = fields.get("I");
  if (!twelve) return 0;
  const afternoon = fields.get("p")?.toLowerCase() === "pm";
  return (Number(twelve) % 12) + (afternoon ? 12 : 0);
}

function zoneOf(fields: DateFields): number | undefined {
  const name = fields.get("z") || fields.get("Z");
  if (!name) return undefined;
  const offset = zoneOffset(name);
  return offset.ok ? offset.value : Number.NaN;
}

interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function toInstant(
  { year, month, day, hour, minute, second }: Wall,
  zone: number | undefined,
  { localOffset }: DateContext,
): number | undefined {
  if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return undefined;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  if (zone !== undefined) return Number.isNaN(zone) ? undefined : wall - zone * 60_000;
  const guess = wall - localOffset(wall);
  return wall - localOffset(guess);
}
