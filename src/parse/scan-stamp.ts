/**
 * Reads the time a log line carries, wherever logs usually put it, without allocating.
 * Formats: RFC 3164 (with or without year, fraction), RFC 3339 / ISO 8601 (with and without zone, "," or "."
 * fractions, "/" dates), ctime, "dd-Mmm-yyyy", the common log format, epoch seconds / milliseconds, TAI64N.
 */
import { isDigitCode } from "./characters.ts";
import { type Stamp, UNKNOWN_MONTH } from "./stamp.ts";

/** Index just after the stamp that begins at `from`, or -1. `to` is the end of the line. */
export function scanStamp(text: string, from: number, to: number, stamp: Stamp): number {
  if (to - from < 8) return -1;
  const first = text.charCodeAt(from);
  if ((first >= 65 && first <= 90) || first > 127) return scanNamed(text, from, to, stamp);
  if (first >= 48 && first <= 57) return scanNumeric(text, from, to, stamp);
  if (first === 91) return scanBracketed(text, from, to, stamp);
  if (first === 64) return scanTai(text, from, to, stamp);
  return -1;
}

/** How far into a line web servers write "[10/Oct/2000:13:55:36 -0700]": after the client's name and account. */
const INNER_BOUND = 300;
const INNER_TRIES = 3;

/** A stamp in brackets inside the line, as in the common log format. */
export function scanInnerStamp(text: string, from: number, to: number, stamp: Stamp): boolean {
  const bound = Math.min(to, from + INNER_BOUND);
  const head = text.slice(from, bound);
  let at = -1;
  for (let tries = 0; tries < INNER_TRIES; tries++) {
    at = head.indexOf("[", at + 1);
    if (at < 0) return false;
    if (scanStamp(text, from + at, to, stamp) >= 0) return true;
  }
  return false;
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const WEEKDAYS = "SunMonTueWedThuFriSat";

function nameIndex(names: string, text: string, at: number): number {
  const first = text.charCodeAt(at);
  for (let i = 0; i < names.length; i += 3) {
    if (
      names.charCodeAt(i) === first &&
      names.charCodeAt(i + 1) === text.charCodeAt(at + 1) &&
      names.charCodeAt(i + 2) === text.charCodeAt(at + 2)
    ) {
      return i / 3;
    }
  }
  return -1;
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : -1;
}

function twoDigits(text: string, at: number): number {
  const high = digit(text, at);
  const low = digit(text, at + 1);
  return high < 0 || low < 0 ? -1 : high * 10 + low;
}

function fourDigits(text: string, at: number): number {
  const high = twoDigits(text, at);
  const low = twoDigits(text, at + 2);
  return high < 0 || low < 0 ? -1 : high * 100 + low;
}

function clear(stamp: Stamp, year: number, month: number, day: number): boolean {
  stamp.year = year;
  stamp.month = month;
  stamp.day = day;
  stamp.millisecond = 0;
  stamp.offset = Number.NaN;
  stamp.epoch = Number.NaN;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** hh:mm:ss with an optional fraction. */
function scanClock(text: string, from: number, to: number, stamp: Stamp): number {
  if (to - from < 8 || text.charCodeAt(from + 2) !== 58 || text.charCodeAt(from + 5) !== 58)
    return -1;
  stamp.hour = twoDigits(text, from);
  stamp.minute = twoDigits(text, from + 3);
  stamp.second = twoDigits(text, from + 6);
  if (stamp.hour < 0 || stamp.hour > 23 || stamp.minute < 0 || stamp.minute > 59) return -1;
  if (stamp.second < 0 || stamp.second > 60) return -1;
  const mark = text.charCodeAt(from + 8);
  return mark === 46 || mark === 44 ? scanFraction(text, from + 8, to, stamp) : from + 8;
}

/** `from` is the "." or ","; digits past the millisecond are read over. */
function scanFraction(text: string, from: number, to: number, stamp: Stamp): number {
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

/** Z, +hh, +hhmm or +hh:mm; returns `from` when there is no zone. */
function scanZone(text: string, from: number, to: number, stamp: Stamp): number {
  const sign = text.charCodeAt(from);
  if (sign === 90) {
    stamp.offset = 0;
    return from + 1;
  }
  if ((sign !== 43 && sign !== 45) || to - from < 3) return from;
  const hours = twoDigits(text, from + 1);
  if (hours < 0 || hours > 15) return from;
  const colon = text.charCodeAt(from + 3) === 58 ? 1 : 0;
  const minutes = to - from >= 5 + colon ? twoDigits(text, from + 3 + colon) : -1;
  stamp.offset = (hours * 60 + Math.max(minutes, 0)) * (sign === 45 ? -1 : 1);
  return minutes < 0 ? from + 3 : from + 5 + colon;
}

/** "Nov 23 03:58:50", "Nov 23 2026 03:58:50", "Mon Nov 23 03:58:50 2026". */
function scanNamed(text: string, from: number, to: number, stamp: Stamp): number {
  const month = nameIndex(MONTHS, text, from);
  if (month < 0) {
    const comma = text.charCodeAt(from + 3) === 44 ? 1 : 0;
    const named = text.charCodeAt(from + 3 + comma) === 32 && nameIndex(WEEKDAYS, text, from) >= 0;
    if (named && nameIndex(MONTHS, text, from + 4 + comma) >= 0)
      return scanNamed(text, from + 4 + comma, to, stamp);
    return scanForeign(text, from, to, stamp);
  }
  if (text.charCodeAt(from + 3) !== 32) return -1;
  let at = from + 4;
  if (text.charCodeAt(at) === 32) at++;
  const wide = twoDigits(text, at);
  const day = wide < 0 ? digit(text, at) : wide;
  at += wide < 0 ? 1 : 2;
  if (!clear(stamp, 0, month + 1, day) || text.charCodeAt(at) !== 32) return -1;
  const year = text.charCodeAt(at + 3) === 58 ? -1 : fourDigits(text, at + 1);
  if (year >= 0) {
    stamp.year = year;
    at += 5;
  }
  const end = scanClock(text, at + 1, to, stamp);
  if (end < 0 || year >= 0) return end;
  const trailing =
    text.charCodeAt(end) === 32 && endsYear(text, end + 5) ? fourDigits(text, end + 1) : -1;
  if (trailing < 1970 || trailing > 2999) return end;
  stamp.year = trailing;
  return end + 5;
}

/** A year ends at a blank, a line's end, "]", "," or ": ": "2001:db8::1" is a host. */
function endsYear(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (
    code === 32 ||
    code === 10 ||
    code === 93 ||
    code === 44 ||
    (code === 58 && text.charCodeAt(at + 1) === 32)
  );
}

/** "Dez 31 11:59:59": a month in another language. The header can be read, the time is not known. */
function scanForeign(text: string, from: number, to: number, stamp: Stamp): number {
  const [head] =
    /^[^\s\d]{2,5}\.? {1,2}\d{1,2} (?=\d\d:\d\d:\d\d)/.exec(
      text.slice(from, Math.min(to, from + 24)),
    ) ?? [];
  if (head === undefined) return -1;
  clear(stamp, 0, UNKNOWN_MONTH, 1);
  return scanClock(text, from + head.length, to, stamp);
}

/** "2026-11-23T03:58:50.1+01:00", "2026/11/23 03:58:50", "20261123T035850Z", "23-Nov-2026 03:58:50", epoch. */
function scanNumeric(text: string, from: number, to: number, stamp: Stamp): number {
  const mark = text.charCodeAt(from + 4);
  if ((mark === 45 || mark === 47) && text.charCodeAt(from + 7) === mark) {
    return scanIso(text, from, to, stamp);
  }
  const third = text.charCodeAt(from + 2);
  if ((third === 45 || third === 47) && text.charCodeAt(from + 6) === third)
    return scanDayFirst(text, from, to, stamp);
  if (text.charCodeAt(from + 8) === 84) return scanCompact(text, from, to, stamp);
  return scanEpoch(text, from, to, stamp);
}

function scanIso(text: string, from: number, to: number, stamp: Stamp): number {
  if (!clear(stamp, fourDigits(text, from), twoDigits(text, from + 5), twoDigits(text, from + 8)))
    return -1;
  const between = text.charCodeAt(from + 10);
  if (stamp.year < 1970 || (between !== 84 && between !== 32 && between !== 116)) return -1;
  const end = scanClock(text, from + 11, to, stamp);
  if (end < 0) return -1;
  const blank = text.charCodeAt(end) === 32 ? 1 : 0;
  const next = text.charCodeAt(end + blank);
  if (blank === 1 && next !== 43 && next !== 45) return end;
  const zoned = scanZone(text, end + blank, to, stamp);
  return zoned === end + blank ? end : zoned;
}

function scanCompact(text: string, from: number, to: number, stamp: Stamp): number {
  if (!clear(stamp, fourDigits(text, from), twoDigits(text, from + 4), twoDigits(text, from + 6)))
    return -1;
  stamp.hour = twoDigits(text, from + 9);
  stamp.minute = twoDigits(text, from + 11);
  stamp.second = twoDigits(text, from + 13);
  if (stamp.hour < 0 || stamp.minute < 0 || stamp.second < 0 || stamp.year < 1970) return -1;
  const mark = text.charCodeAt(from + 15);
  const end = mark === 46 || mark === 44 ? scanFraction(text, from + 15, to, stamp) : from + 15;
  return scanZone(text, end, to, stamp);
}

/** "23-Nov-2026 03:58:50", and the common log format "10/Oct/2000:13:55:36 -0700". */
function scanDayFirst(text: string, from: number, to: number, stamp: Stamp): number {
  const month = nameIndex(MONTHS, text, from + 3);
  if (month < 0 || !clear(stamp, fourDigits(text, from + 7), month + 1, twoDigits(text, from)))
    return -1;
  const between = text.charCodeAt(from + 11);
  if (stamp.year < 1970 || (between !== 58 && between !== 32)) return -1;
  const end = scanClock(text, from + 12, to, stamp);
  return end >= 0 && text.charCodeAt(end) === 32
    ? Math.max(end, zoneAfterBlank(text, end, to, stamp))
    : end;
}

function zoneAfterBlank(text: string, end: number, to: number, stamp: Stamp): number {
  const zoned = scanZone(text, end + 1, to, stamp);
  return zoned === end + 1 ? end : zoned;
}

/** Ten digits are seconds, thirteen milliseconds; a fraction may follow. */
function scanEpoch(text: string, from: number, to: number, stamp: Stamp): number {
  let at = from;
  let value = 0;
  while (at < to && at - from <= 13 && isDigitCode(text.charCodeAt(at)))
    value = value * 10 + digit(text, at++);
  const digits = at - from;
  if (digits !== 10 && digits !== 13) return -1;
  clear(stamp, 0, 1, 1);
  const end = digits === 10 && text.charCodeAt(at) === 46 ? scanFraction(text, at, to, stamp) : at;
  stamp.epoch = (digits === 10 ? value * 1000 : value) + stamp.millisecond;
  return end;
}

/** Any of the above inside "[…]", as the Apache error log and the common log format write it. */
function scanBracketed(text: string, from: number, to: number, stamp: Stamp): number {
  // "[": one inside another is no time, and a line of nothing else would go as deep as it is long.
  if (text.charCodeAt(from + 1) === 91) return -1;
  const end = scanStamp(text, from + 1, to, stamp);
  return end >= 0 && text.charCodeAt(end) === 93 ? end + 1 : -1;
}

/** TAI64N label of multilog: "@" and 24 hex digits; the 64-bit second count is biased by 2^62 and ten leap seconds. */
function scanTai(text: string, from: number, to: number, stamp: Stamp): number {
  if (to - from < 25) return -1;
  const label = text.slice(from + 1, from + 25);
  if (!/^4[0-9a-f]{23}$/.test(label)) return -1;
  clear(stamp, 0, 1, 1);
  const seconds = Number.parseInt(label.slice(1, 16), 16) - 10;
  stamp.epoch = seconds * 1000 + Math.floor(Number.parseInt(label.slice(16), 16) / 1e6);
  return from + 25;
}
