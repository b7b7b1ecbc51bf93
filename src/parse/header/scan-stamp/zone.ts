/** Parses what follows a time of day: AM or PM, and the zone as a number or an abbreviation. */
import { isDigitCode } from "../../characters.ts";
import type { Stamp } from "../stamp.ts";
import { digit, endsWord, scanHalfDay, twoDigits } from "./clock.ts";
import { zoneOf } from "./zone-words.ts";

/** Scans Z, z, +hh, +hhmm or +hh:mm; returns `from` when there is no zone. */
export function scanZone(text: string, from: number, to: number, stamp: Stamp): number {
  const sign = text.charCodeAt(from);
  if (sign === 90 || (sign === 122 && endsWord(text, from + 1))) {
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

/** Scans everything that may follow a time of day; returns `from` if nothing does. */
export function scanTail(text: string, from: number, to: number, stamp: Stamp): number {
  const at = scanHalfDay(text, from, to, stamp);
  const direct = scanZone(text, at, to, stamp);
  if (direct > at) return skipZoneName(text, direct, to, stamp);
  if (text.charCodeAt(at) !== 32) return at;
  const next = text.charCodeAt(at + 1);
  if (next >= 65 && next <= 90) return Math.max(at, scanZoneWord(text, at + 1, to, stamp));
  if (next === 40 || next === 91) return scanEnclosed(text, at, to, stamp);
  if (next !== 43 && next !== 45) return at;
  const before = stamp.offset;
  const zoned = scanZone(text, at + 1, to, stamp);
  if (zoned > at + 1 && !isDigitCode(text.charCodeAt(zoned)))
    return skipZoneName(text, zoned, to, stamp);
  stamp.offset = before;
  return at;
}

/** Scans " (UTC)" or " [UTC+1]"; returns `from` if there is no zone. */
function scanEnclosed(text: string, from: number, to: number, stamp: Stamp): number {
  const before = stamp.offset;
  const close = text.charCodeAt(from + 1) === 40 ? 41 : 93;
  const end = scanZoneWord(text, from + 2, to, stamp);
  if (end >= 0 && text.charCodeAt(end) === close && endsWord(text, end + 1)) return end + 1;
  stamp.offset = before;
  return from;
}

const MAX_WORD_LENGTH = 5;
/** Last letters of the known zone names. */
const LAST_LETTERS = "TCKZBA";

/** Scans "UTC", "CET", "GMT+1"; returns -1 for an unknown word. */
export function scanZoneWord(text: string, from: number, to: number, stamp: Stamp): number {
  const end = wordEnd(text, from, to);
  if (end < 0) return -1;
  const sign = text.charCodeAt(end);
  const isSigned = (sign === 43 || sign === 45) && digit(text, end + 1) >= 0;
  if (!isSigned && !endsWord(text, end)) return -1;
  // Words such as "INFO" and "ERROR" are rejected before a slice is allocated.
  if (!LAST_LETTERS.includes(text.charAt(end - 1))) return -1;
  const offset = zoneOf(text.slice(from, end), stamp.context);
  if (offset === undefined) return -1;
  if (!isSigned) {
    stamp.offset = offset;
    return end;
  }
  return offset === 0 ? scanDistance(text, end, to, stamp) : -1;
}

/** Scans "+1", "+0100", "-03:30" after UTC or GMT. */
function scanDistance(text: string, from: number, to: number, stamp: Stamp): number {
  if (!endsWord(text, from + 2)) {
    const end = scanZone(text, from, to, stamp);
    return end > from && endsWord(text, end) ? end : -1;
  }
  stamp.offset = digit(text, from + 1) * (text.charCodeAt(from) === 45 ? -60 : 60);
  return from + 2;
}

/** Returns the end of the capital letters that begin at `from`; -1 if these are too many. */
function wordEnd(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) >= 65 && text.charCodeAt(at) <= 90) {
    if (++at - from > MAX_WORD_LENGTH) return -1;
  }
  return at === from ? -1 : at;
}

/** Skips the name of a zone after its number, which is redundant: "+0100 CET", "+0100 (CET)". */
function skipZoneName(text: string, from: number, to: number, stamp: Stamp): number {
  if (text.charCodeAt(from) !== 32) return from;
  const open = text.charCodeAt(from + 1) === 40 ? 1 : 0;
  const end = wordEnd(text, from + 1 + open, to);
  if (end < 0) return from;
  if (open === 1) return text.charCodeAt(end) === 41 ? end + 1 : from;
  if (!endsWord(text, end)) return from;
  return zoneOf(text.slice(from + 1, end), stamp.context) === undefined ? from : end;
}
