/** Parses timestamps that count seconds or parts of them: since 1970, or the TAI64N labels of multilog. */
import type { Stamp } from "../stamp.ts";
import { countDigits, endsWord, scanFraction, setDate } from "./clock.ts";

/** Maps the number of digits to the parts per millisecond. Fewer digits would be a time before September 2001. */
const PARTS: ReadonlyMap<number, number> = new Map([
  [10, 1 / 1000],
  [13, 1],
  [16, 1000],
  [19, 1_000_000],
]);

const DAY = 86_400_000;

/**
 * Scans a number: ten digits are seconds, thirteen milliseconds, sixteen microseconds, nineteen nanoseconds. Seconds
 * and milliseconds may have a fraction. A time in the future, or a distant one without a fraction, is another number.
 */
export function scanEpoch(text: string, from: number, to: number, stamp: Stamp): number {
  const digits = countDigits(text, from, 20);
  const parts = PARTS.get(digits);
  if (parts === undefined || from + digits > to) return -1;
  const { now, since } = stamp.context;
  setDate(stamp, 0, 1, 1);
  const at = from + digits;
  const end = digits <= 13 && text.charCodeAt(at) === 46 ? scanFraction(text, at, to, stamp) : at;
  if (end > to || !endsWord(text, end)) return -1;
  const whole = Math.floor(Number(text.slice(from, at)) / parts);
  const epoch = digits === 10 ? whole + stamp.millisecond : whole;
  if (epoch > now + DAY || (end === at && epoch < since)) return -1;
  stamp.epoch = epoch;
  return end;
}

/** Scans "@" and 24 hex digits. The 64-bit second count is biased by 2^62 and ten leap seconds. */
export function scanTai(text: string, from: number, to: number, stamp: Stamp): number {
  if (to - from < 25) return -1;
  const label = text.slice(from + 1, from + 25);
  if (!/^4[0-9a-f]{23}$/.test(label)) return -1;
  setDate(stamp, 0, 1, 1);
  const seconds = Number.parseInt(label.slice(1, 16), 16) - 10;
  stamp.epoch = seconds * 1000 + Math.floor(Number.parseInt(label.slice(16), 16) / 1e6);
  return from + 25;
}
