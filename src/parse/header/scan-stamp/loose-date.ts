/**
 * Parses dates in forms other than the usual ones of syslog and ISO. These are other orders and separators, full names,
 * two-digit years, one-digit hours. Each function takes the start of the date and returns the end of the whole
 * timestamp, or -1. They read a bounded number of characters.
 */
import { isDigitCode } from "../../characters.ts";
import type { Stamp } from "../stamp.ts";
import {
  countDigits,
  fourDigits,
  scanCompactClock,
  scanLooseClock,
  setDate,
  shortNumber,
  twoDigits,
} from "./clock.ts";
import { setByOrder } from "./date-order.ts";
import { anyMonthAt, anyWeekdayAt, nameEnd } from "./names.ts";
import { scanTail, scanZoneWord } from "./zone.ts";

const DAY = 86_400_000;

/** Scans "2026.11.28 9:19:59", "20261128-09:19:59", "261128  9:19:59", "28.11.2026 09:19", "28 Nov 2026 09:19:59". */
export function scanNumberDate(text: string, from: number, to: number, stamp: Stamp): number {
  switch (countDigits(text, from, 9)) {
    case 1:
    case 2:
      return scanDayOrMonth(text, from, to, stamp);
    case 4:
      return scanYearFirst(text, from, to, stamp);
    case 6:
      return scanShortCompact(text, from, to, stamp);
    case 8:
      return scanCompact(text, from, to, stamp);
    default:
      return -1;
  }
}

/**
 * Scans "Sat, 28 Nov 2026 …", "Saturday November 28 …", "CET Nov 28 …", "Nov 28, 2026 9:19:59 AM", "NOV-28-26
 * 09:19:59".
 */
export function scanNameDate(text: string, from: number, to: number, stamp: Stamp): number {
  let at = from;
  if (anyWeekdayAt(text, at) >= 0) {
    at = nameEnd(text, at);
    if (text.charCodeAt(at) === 44) at++;
    if (text.charCodeAt(at) !== 32) return -1;
    at += text.charCodeAt(at + 1) === 32 ? 2 : 1;
    if (isDigitCode(text.charCodeAt(at))) return scanDayOrMonth(text, at, to, stamp);
  }
  if (anyMonthAt(text, at) >= 0) return scanMonthFirst(text, at, to, stamp);
  const zoned = scanZoneWord(text, at, to, stamp);
  if (zoned < 0 || text.charCodeAt(zoned) !== 32 || anyMonthAt(text, zoned + 1) < 0) return -1;
  const zone = stamp.offset;
  const end = scanMonthFirst(text, zoned + 1, to, stamp);
  stamp.offset = zone;
  return end;
}

function scanYearFirst(text: string, from: number, to: number, stamp: Stamp): number {
  const separator = text.charCodeAt(from + 4);
  if (!isSeparator(separator)) return -1;
  const month = shortNumber(text, from + 5);
  const at = from + 5 + widthAt(text, from + 5);
  if (month < 0 || text.charCodeAt(at) !== separator) return -1;
  const day = shortNumber(text, at + 1);
  if (!setDate(stamp, fourDigits(text, from), month, day) || stamp.year < 1970) return -1;
  return scanTime(text, at + 1 + widthAt(text, at + 1), to, stamp);
}

/** Scans "20261128T091959", "20261128 09:19:59". */
function scanCompact(text: string, from: number, to: number, stamp: Stamp): number {
  const year = fourDigits(text, from);
  if (!setDate(stamp, year, twoDigits(text, from + 4), twoDigits(text, from + 6)) || year < 1970)
    return -1;
  const clock = clockAfter(text, from + 8);
  if (clock < 0 || countDigits(text, clock, 7) !== 6) return scanTime(text, from + 8, to, stamp);
  return tailOf(text, scanCompactClock(text, clock, to, stamp), to, stamp);
}

/** Scans "261128  9:19:59", which older MySQL writes. */
function scanShortCompact(text: string, from: number, to: number, stamp: Stamp): number {
  const year = 2000 + twoDigits(text, from);
  const month = twoDigits(text, from + 2);
  const day = twoDigits(text, from + 4);
  if (!setDate(stamp, year, month, day)) return -1;
  if (Date.UTC(year, month - 1, day) > stamp.context.now + DAY) return -1;
  return scanTime(text, from + 6, to, stamp);
}

/** Scans a date that begins with one or two digits: a day, a month, or the year of a short date. */
function scanDayOrMonth(text: string, from: number, to: number, stamp: Stamp): number {
  const first = shortNumber(text, from);
  const at = from + widthAt(text, from);
  const separator = text.charCodeAt(at);
  if (!isSeparator(separator) && separator !== 32) return -1;
  if (!isDigitCode(text.charCodeAt(at + 1))) return scanDayName(text, first, at, to, stamp);
  if (separator === 32) return -1;
  const second = shortNumber(text, at + 1);
  const then = at + 1 + widthAt(text, at + 1);
  // Snort writes "11/28-09:19:59.123456".
  if (separator === 47 && text.charCodeAt(then) === 45)
    return setDate(stamp, 0, first, second) ? scanTime(text, then, to, stamp) : -1;
  if (text.charCodeAt(then) !== separator) return -1;
  const digits = countDigits(text, then + 1, 5);
  if (digits !== 2 && digits !== 4) return -1;
  const isShort = digits === 2;
  const third = isShort ? twoDigits(text, then + 1) : fourDigits(text, then + 1);
  const end = then + 1 + digits;
  // Suricata writes a "-" before the time of day, and the month first.
  const habit = separator === 47 && text.charCodeAt(end) === 45 ? "month-first" : "day-first";
  setDate(stamp, 0, 1, 1);
  const after = scanTime(text, end, to, stamp);
  return after >= 0 && setByOrder(stamp, { first, second, third, isShort, habit }) ? after : -1;
}

/** Scans the rest after the day: "-Nov-2026", "/Nov/2026", " Nov 2026", " Nov". `at` is the separator. */
function scanDayName(text: string, day: number, at: number, to: number, stamp: Stamp): number {
  const month = anyMonthAt(text, at + 1);
  if (month < 0) return -1;
  const after = nameEnd(text, at + 1);
  if (text.charCodeAt(after) !== text.charCodeAt(at)) return -1;
  if (!setDate(stamp, 0, month, day)) return -1;
  return scanYearAndTime(text, after, to, stamp);
}

function scanMonthFirst(text: string, from: number, to: number, stamp: Stamp): number {
  const month = anyMonthAt(text, from);
  let at = nameEnd(text, from);
  const separator = text.charCodeAt(at);
  if (separator !== 32 && separator !== 45) return -1;
  at += separator === 32 && text.charCodeAt(at + 1) === 32 ? 2 : 1;
  const day = shortNumber(text, at);
  at += widthAt(text, at);
  if (day < 0 || !setDate(stamp, 0, month, day)) return -1;
  if (separator === 45 && text.charCodeAt(at) !== 45) return -1;
  if (text.charCodeAt(at) === 44) at++;
  return scanYearAndTime(text, at, to, stamp);
}

/** Scans an optional year, between the separator at `at` and the time of day or after it. */
function scanYearAndTime(text: string, at: number, to: number, stamp: Stamp): number {
  const digits = countDigits(text, at + 1, 5);
  const isYear = digits === 4 || (digits === 2 && text.charCodeAt(at + 3) !== 58);
  if (isYear) {
    stamp.year = digits === 4 ? fourDigits(text, at + 1) : 2000 + twoDigits(text, at + 1);
    return stamp.year < 1970 ? -1 : scanTime(text, at + 1 + digits, to, stamp);
  }
  if (text.charCodeAt(at) !== 32 || !hasSeconds(text, clockAfter(text, at))) return -1;
  return trailingYear(text, scanTime(text, at, to, stamp), stamp);
}

/** Returns whether the time has seconds. Without a year, hours and minutes alone do not identify a time. */
function hasSeconds(text: string, clock: number): boolean {
  return clock >= 0 && text.charCodeAt(clock + widthAt(text, clock) + 3) === 58;
}

/** Scans the year at the end of "Sat Nov 28 09:19:59 CET 2026". A host such as "2001:db8::1" is not one. */
export function trailingYear(text: string, at: number, stamp: Stamp): number {
  if (at < 0 || text.charCodeAt(at) !== 32 || !endsYear(text, at + 5)) return at;
  const year = fourDigits(text, at + 1);
  if (year < 1970 || year > 2999) return at;
  stamp.year = year;
  return at + 5;
}

function endsYear(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (
    !(code > 32) || code === 93 || code === 44 || (code === 58 && text.charCodeAt(at + 1) === 32)
  );
}

/** Scans the time of day and its zone, after a date that ends at `at`. */
function scanTime(text: string, at: number, to: number, stamp: Stamp): number {
  const clock = clockAfter(text, at);
  return clock < 0 ? -1 : tailOf(text, scanLooseClock(text, clock, to, stamp), to, stamp);
}

function tailOf(text: string, end: number, to: number, stamp: Stamp): number {
  return end < 0 ? -1 : scanTail(text, end, to, stamp);
}

/** The characters " ", "_", "-", ":", "@" and ",". */
const CLOCK_SEPARATORS: ReadonlySet<number> = new Set([32, 95, 45, 58, 64, 44]);

/** Returns where the time of day begins: after "T", "_", "-", ":", "::", "@", ",", ", ", " - ", a blank or two. */
function clockAfter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  const next = text.charCodeAt(at + 1);
  if (isDigitCode(next)) {
    // Require two digits for the hour, because "T9:19:59" does not occur.
    if ((code | 32) === 116) return isDigitCode(text.charCodeAt(at + 2)) ? at + 1 : -1;
    return CLOCK_SEPARATORS.has(code) ? at + 1 : -1;
  }
  const isWide = isDigitCode(text.charCodeAt(at + 2));
  if (isWide && next === 32 && (code === 32 || code === 44)) return at + 2;
  if (isWide && next === 58 && code === 58) return at + 2;
  return code === 32 && next === 45 && text.charCodeAt(at + 2) === 32 ? at + 3 : -1;
}

/** Returns whether the character is "-", "/" or ".". */
function isSeparator(code: number): boolean {
  return code >= 45 && code <= 47;
}

function widthAt(text: string, at: number): number {
  return twoDigits(text, at) < 0 ? 1 : 2;
}
