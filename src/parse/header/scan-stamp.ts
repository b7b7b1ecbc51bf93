/**
 * Parses the time at the start of a line, without allocating for the forms that nearly all logs use: RFC 3164, RFC
 * 3339. docs/filters.md lists the other forms. Reads a bounded number of characters, whatever the line contains.
 */
import { isDigitCode } from "../characters.ts";
import {
  countDigits,
  fourDigits,
  scanClock,
  scanFraction,
  setDate,
  shortNumber,
  twoDigits,
} from "./scan-stamp/clock.ts";
import { scanEpoch, scanTai } from "./scan-stamp/count.ts";
import { scanNameDate, scanNumberDate, trailingYear } from "./scan-stamp/loose-date.ts";
import { monthAt, weekdayAt } from "./scan-stamp/names.ts";
import { scanTail, scanZone } from "./scan-stamp/zone.ts";
import { zoneOf } from "./scan-stamp/zone-words.ts";
import { type Stamp, UNKNOWN_MONTH } from "./stamp.ts";

export { compileTimeFormat, type TimeFormat } from "./scan-stamp/time-format.ts";

/** Returns the index after the timestamp that begins at `from`, or -1. `to` is the end of the line. */
export function scanStamp(text: string, from: number, to: number, stamp: Stamp): number {
  if (to - from < 8) return -1;
  const first = text.charCodeAt(from);
  if ((first >= 65 && first <= 90) || first > 127) {
    const end = scanNamed(text, from, to, stamp);
    // Ruby's logger writes "W, [2026-11-28T09:19:59.123456 #7]  WARN -- : …".
    const isRuby = end < 0 && text.startsWith(", [", from + 1);
    return isRuby ? scanBracketed(text, from + 3, to, stamp) : end;
  }
  if (first >= 48 && first <= 57) return scanNumeric(text, from, to, stamp);
  if (first === 91) return scanBracketed(text, from, to, stamp);
  if (first === 64) return scanTai(text, from, to, stamp);
  if (first === 42 || first === 46) return scanMarked(text, from, to, stamp);
  return first === 60 ? scanAngled(text, from, to, stamp) : -1;
}

/** Replaces the seconds of a stamp by those at `from`, with their fraction. Returns the index after them, or -1. */
export function scanSeconds(text: string, from: number, to: number, stamp: Stamp): number {
  const second = twoDigits(text, from);
  if (second < 0 || second > MAX_SECOND) return -1;
  stamp.second = second;
  stamp.millisecond = 0;
  const mark = text.charCodeAt(from + 2);
  return mark === 46 || mark === 44 ? scanFraction(text, from + 2, to, stamp) : from + 2;
}

/** Leap seconds have this number. */
const MAX_SECOND = 60;

/** Parses a time without enclosing brackets, so that brackets cannot nest, however many a line opens. */
function scanBare(text: string, from: number, to: number, stamp: Stamp): number {
  return isDigitCode(text.charCodeAt(from))
    ? scanNumeric(text, from, to, stamp)
    : scanNamed(text, from, to, stamp);
}

/** Parses "Nov 23 03:58:50", "Nov 23 2026 03:58:50", "Mon Nov 23 03:58:50 2026". */
function scanNamed(text: string, from: number, to: number, stamp: Stamp): number {
  const month = monthAt(text, from);
  if (month < 0) {
    const named = text.charCodeAt(from + 3) === 32 && weekdayAt(text, from) >= 0;
    if (named && monthAt(text, from + 4) >= 0) return scanNamed(text, from + 4, to, stamp);
    return scanOtherName(text, from, to, stamp);
  }
  if (text.charCodeAt(from + 3) !== 32) return scanNameDate(text, from, to, stamp);
  let at = from + 4;
  if (text.charCodeAt(at) === 32) at++;
  const wide = twoDigits(text, at);
  const day = wide < 0 ? shortNumber(text, at) : wide;
  at += wide < 0 ? 1 : 2;
  if (!setDate(stamp, 0, month, day)) return -1;
  if (text.charCodeAt(at) !== 32) return scanNameDate(text, from, to, stamp);
  const year = text.charCodeAt(at + 3) === 58 ? -1 : fourDigits(text, at + 1);
  if (year >= 0) {
    stamp.year = year;
    at += 5;
  }
  const end = scanClock(text, at + 1, to, stamp);
  if (end < 0) return scanNameDate(text, from, to, stamp);
  if (text.charCodeAt(end) !== 32) return skipColon(text, scanTail(text, end, to, stamp));
  const next = text.charCodeAt(end + 1);
  // Most host names are lower-case, but neither a zone nor a year is; "[" (91) may begin a zone.
  if (next > 91) return end;
  const zoned = isDigitCode(next) ? end : scanTail(text, end, to, stamp);
  return skipColon(text, year >= 0 ? zoned : trailingYear(text, zoned, stamp));
}

/** Skips the colon of "Nov 28 09:19:59.123: %SEC_LOGIN-4-…", as Cisco writes it. */
function skipColon(text: string, at: number): number {
  const isColon = text.charCodeAt(at) === 58 && text.charCodeAt(at + 1) === 32;
  return isColon && text.charCodeAt(at + 2) === 37 ? at + 1 : at;
}

/**
 * Parses "*Nov 28 09:19:59.123: " and ".Nov 28 …". By the mark Cisco says that its clock was not set, or lost its
 * server.
 */
function scanMarked(text: string, from: number, to: number, stamp: Stamp): number {
  const mark = text.charCodeAt(from);
  if ((mark !== 42 && mark !== 46) || monthAt(text, from + 1) < 0) return -1;
  const end = scanNamed(text, from + 1, to, stamp);
  return end >= 0 && text.charCodeAt(end) === 32 ? skipZone(text, end, stamp) : end;
}

/** Skips " gmt: %SYS-…": on Cisco's devices the operator names the zone. */
function skipZone(text: string, at: number, stamp: Stamp): number {
  const [, word] = /^ ([A-Za-z]{1,8}): %/.exec(text.slice(at, at + 12)) ?? [];
  if (word === undefined) return at;
  stamp.offset = zoneOf(word.toUpperCase(), stamp.context) ?? Number.NaN;
  return at + word.length + 2;
}

/** Parses the time of a line that begins with a capital letter but not with a month. */
function scanOtherName(text: string, from: number, to: number, stamp: Stamp): number {
  const end = isDigitCode(text.charCodeAt(from + 1))
    ? scanKlog(text, from, to, stamp)
    : scanNameDate(text, from, to, stamp);
  return end < 0 ? scanForeign(text, from, to, stamp) : end;
}

/** Parses "I1128 09:19:59.123456", "I20261128 09:19:59.123456": level and date, as Google's loggers write. */
function scanKlog(text: string, from: number, to: number, stamp: Stamp): number {
  if (!"IWEFD".includes(text.charAt(from))) return -1;
  const isLong = text.charCodeAt(from + 9) === 32;
  const at = isLong ? from + 5 : from + 1;
  const year = isLong ? fourDigits(text, from + 1) : 0;
  if (text.charCodeAt(at + 4) !== 32 || (isLong && year < 1970)) return -1;
  if (!setDate(stamp, year, twoDigits(text, at), twoDigits(text, at + 2))) return -1;
  return text.charCodeAt(at + 13) === 46 ? scanClock(text, at + 5, to, stamp) : -1;
}

/** Parses "Dez 31 11:59:59", with a month in another language. The header can be parsed, but the time is unknown. */
function scanForeign(text: string, from: number, to: number, stamp: Stamp): number {
  const [head] =
    /^[^\s\d]{2,5}\.? {1,2}\d{1,2} (?=\d\d:\d\d:\d\d)/.exec(
      text.slice(from, Math.min(to, from + 24)),
    ) ?? [];
  if (head === undefined) return -1;
  setDate(stamp, 0, UNKNOWN_MONTH, 1);
  return scanClock(text, from + head.length, to, stamp);
}

/** Parses "2026-11-23T03:58:50.1+01:00" and "2026/11/23 03:58:50" first, because they are the most frequent. */
function scanNumeric(text: string, from: number, to: number, stamp: Stamp): number {
  const mark = text.charCodeAt(from + 4);
  if ((mark === 45 || mark === 47) && text.charCodeAt(from + 7) === mark) {
    const end = scanIso(text, from, to, stamp);
    if (end >= 0) return end;
  }
  const digits = countDigits(text, from, 10);
  // Cisco numbers lines: "000045: *Nov 28 …".
  const isNumbered = text.charCodeAt(from + digits) === 58;
  const end = isNumbered
    ? scanMarked(text, from + digits + 2, to, stamp)
    : scanNumberDate(text, from, to, stamp);
  return end < 0 ? scanEpoch(text, from, to, stamp) : end;
}

function scanIso(text: string, from: number, to: number, stamp: Stamp): number {
  if (!setDate(stamp, fourDigits(text, from), twoDigits(text, from + 5), twoDigits(text, from + 8)))
    return -1;
  const between = text.charCodeAt(from + 10);
  if (stamp.year < 1970 || (between !== 84 && between !== 32 && between !== 116)) return -1;
  const end = scanClock(text, from + 11, to, stamp);
  if (end < 0) return -1;
  const zoned = scanZone(text, end, to, stamp);
  // A zone written without a space is not followed by another.
  return zoned > end ? zoned : scanTail(text, end, to, stamp);
}

/** Parses any of these forms in "[…]": the Apache error log, Asterisk, PHP, Samba. */
function scanBracketed(text: string, from: number, to: number, stamp: Stamp): number {
  if (text.startsWith("[GIN] ", from)) return scanBare(text, from + 6, to, stamp);
  const isLabel = text.charCodeAt(from + 1) === 64;
  const end = (isLabel ? scanTai : scanBare)(text, from + 1, to, stamp);
  if (end < 0 || text.charCodeAt(end) === 93) return end < 0 ? -1 : end + 1;
  const [rest] = IN_BRACKETS.exec(text.slice(end, Math.min(to, end + MAX_IN_BRACKETS))) ?? [];
  return rest === undefined ? -1 : end + rest.length;
}

/**
 * Matches text after the time: Samba's level (",  0, pid=7]"), Ruby's process (" #7]"), PHP's zone (" Europe/Berlin]"),
 * which is assumed to be this host's.
 */
const IN_BRACKETS = /^(?:, +\d[^\]]*| #\d+| [A-Z][A-Za-z]+\/[A-Za-z_/+-]+)\]/;
const MAX_IN_BRACKETS = 120;

/** Parses "<W>2026-11-28 09:19:59.123" of Mumble, "<11/28/26@09:19:59>". */
function scanAngled(text: string, from: number, to: number, stamp: Stamp): number {
  if (text.charCodeAt(from + 2) === 62) return scanBare(text, from + 3, to, stamp);
  const end = isDigitCode(text.charCodeAt(from + 1)) ? scanNumeric(text, from + 1, to, stamp) : -1;
  return end >= 0 && text.charCodeAt(end) === 62 ? end + 1 : -1;
}
