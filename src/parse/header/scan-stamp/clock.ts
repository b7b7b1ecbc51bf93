/** Parses the parts of dates and times of day. Allocates nothing, and never reads past the end of its line. */
import { isDigitCode } from "../../characters.ts";
import type { Stamp } from "../stamp.ts";

export function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : -1;
}

export function twoDigits(text: string, at: number): number {
  const high = digit(text, at);
  const low = digit(text, at + 1);
  return high < 0 || low < 0 ? -1 : high * 10 + low;
}

export function fourDigits(text: string, at: number): number {
  const high = twoDigits(text, at);
  const low = twoDigits(text, at + 2);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

/** Reads a number of one or two digits; -1: none. */
export function shortNumber(text: string, at: number): number {
  const wide = twoDigits(text, at);
  return wide < 0 ? digit(text, at) : wide;
}

/** Returns the number of digits at `at`, counted up to `most`. */
export function countDigits(text: string, at: number, most: number): number {
  let count = 0;
  while (count < most && isDigitCode(text.charCodeAt(at + count))) count++;
  return count;
}

/** Sets the date of a stamp. Returns false if no month has such a day. */
export function setDate(stamp: Stamp, year: number, month: number, day: number): boolean {
  stamp.year = year;
  stamp.month = month;
  stamp.day = day;
  stamp.millisecond = 0;
  stamp.offset = Number.NaN;
  stamp.epoch = Number.NaN;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** Scans hh:mm:ss with an optional fraction, which nearly every log writes. */
export function scanClock(text: string, from: number, to: number, stamp: Stamp): number {
  if (to - from < 8 || text.charCodeAt(from + 2) !== 58 || text.charCodeAt(from + 5) !== 58)
    return -1;
  stamp.hour = twoDigits(text, from);
  stamp.minute = twoDigits(text, from + 3);
  stamp.second = twoDigits(text, from + 6);
  if (!isTimeOfDay(stamp)) return -1;
  const mark = text.charCodeAt(from + 8);
  return mark === 46 || mark === 44 ? scanFraction(text, from + 8, to, stamp) : from + 8;
}

/** Scans h:mm or hh:mm, then seconds with an optional fraction. Without seconds, the time must end there. */
export function scanLooseClock(text: string, from: number, to: number, stamp: Stamp): number {
  const at = from + (twoDigits(text, from) < 0 ? 1 : 2);
  if (text.charCodeAt(at) !== 58 || at + 3 > to) return -1;
  stamp.hour = shortNumber(text, from);
  stamp.minute = twoDigits(text, at + 1);
  stamp.second = 0;
  // Rails writes "November 28, 2026 09:19: message".
  const isWhole = text.charCodeAt(at + 3) === 58 && text.charCodeAt(at + 4) !== 32;
  if (isWhole) stamp.second = twoDigits(text, at + 4);
  const end = isWhole ? at + 6 : at + 3;
  if (end > to || !isTimeOfDay(stamp)) return -1;
  if (!isWhole) return endsMinutes(text, end) ? end : -1;
  const mark = text.charCodeAt(end);
  return mark === 46 || mark === 44 ? scanFraction(text, end, to, stamp) : end;
}

/** Returns whether a time without seconds ends at `end`: with a word, a zone, or ": ". */
function endsMinutes(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  return endsWord(text, end) || isZoneMark(code) || code === 58;
}

/** Scans hhmmss with an optional fraction. */
export function scanCompactClock(text: string, from: number, to: number, stamp: Stamp): number {
  stamp.hour = twoDigits(text, from);
  stamp.minute = twoDigits(text, from + 2);
  stamp.second = twoDigits(text, from + 4);
  if (from + 6 > to || !isTimeOfDay(stamp)) return -1;
  const mark = text.charCodeAt(from + 6);
  return mark === 46 || mark === 44 ? scanFraction(text, from + 6, to, stamp) : from + 6;
}

function isTimeOfDay({ hour, minute, second }: Stamp): boolean {
  // 60: a leap second.
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60;
}

/** Returns whether the character is Z, z, + or -. */
function isZoneMark(code: number): boolean {
  return code === 90 || code === 122 || code === 43 || code === 45;
}

/** Scans a fraction. `from` is the "." or ","; digits after the millisecond are ignored. */
export function scanFraction(text: string, from: number, to: number, stamp: Stamp): number {
  let at = from + 1;
  let scale = 100;
  while (at < to) {
    const value = digit(text, at);
    if (value < 0) break;
    stamp.millisecond += value * scale;
    scale = scale >= 1 ? Math.floor(scale / 10) : 0;
    at++;
  }
  return at === from + 1 ? from : at;
}

/** Scans "AM" or "p.m.", directly or after a space (newer Java writes a narrow one). Returns `from` without one. */
export function scanHalfDay(text: string, from: number, to: number, stamp: Stamp): number {
  const blank = text.charCodeAt(from);
  let at = blank === 32 || blank === 0xa0 || blank === 0x202f ? from + 1 : from;
  // Convert the letter to lower case.
  const half = text.charCodeAt(at) | 32;
  if (half !== 97 && half !== 112) return from;
  if (text.charCodeAt(++at) === 46) at++;
  if ((text.charCodeAt(at) | 32) !== 109) return from;
  if (text.charCodeAt(++at) === 46) at++;
  if (at > to || !endsWord(text, at)) return from;
  // Some logs write it even after 24-hour times.
  if (stamp.hour <= 12) stamp.hour = (stamp.hour % 12) + (half === 112 ? 12 : 0);
  return at;
}

/**
 * Returns whether a word ends at `at`: by a space, the end, or closing punctuation. "2001:db8::1" continues after 2001.
 */
export function endsWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  switch (code) {
    case 34: // "
    case 41: // )
    case 44: // ,
    case 59: // ;
    case 62: // >
    case 93: // ]
    case 124: // |
    case 125: // }
    case 0xa0:
      return true;
    case 58: {
      const next = text.charCodeAt(at + 1);
      return !(next > 32);
    }
    default:
      return !(code > 32);
  }
}
