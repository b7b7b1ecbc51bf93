/**
 * Remembers how the head of the last line was read: lines of one log mostly begin alike, but for the seconds and their
 * fraction. What is compared reaches to the end of the word after the date, so that no longer date can hide behind an
 * equal beginning.
 */
import { type Instant, instant } from "../../domain/instant.ts";

export interface HeadMemory {
  /** When the line was written, if its head was seen before. */
  recall(line: string, now: Instant): Instant | undefined;
  /** `length`: of the date, which begins the line. */
  remember(
    line: string,
    head: { readonly length: number; readonly at: Instant; readonly now: Instant },
  ): void;
  /** Of the date recalled last. */
  readonly length: number;
}

/** "…:SS", "…:SS.123456", "…:SS,123+01:00": what stands before the seconds, the fraction, what stands after it. */
const CLOCK = /^(.*?\d\d:\d\d:)[0-5]\d(?:([.,])(\d{1,6}))?(?:Z| ?[+-]\d\d:?\d\d)?$/;

export function createHeadMemory(): HeadMemory {
  let before = "";
  let mark = "";
  /** Digits of the fraction. */
  let digits = 0;
  let after = "";
  let length = -1;
  let minute = 0;
  let forNow = Number.NaN;

  return {
    recall(line, now) {
      if (length < 0 || now !== forNow) return undefined;
      const seconds = before.length;
      const fraction = seconds + 2;
      const end = digits === 0 ? fraction : fraction + 1 + digits;
      if (!standsAt(after, line, end) || !standsAt(before, line, 0)) return undefined;
      const tens = line.charCodeAt(seconds) - 48;
      const ones = line.charCodeAt(seconds + 1) - 48;
      if (tens < 0 || tens > 5 || ones < 0 || ones > 9) return undefined;
      if (digits > 0 && !hasFraction(line, fraction, mark, digits)) return undefined;
      return instant(minute + (tens * 10 + ones) * 1000);
    },
    remember(line, head) {
      length = -1;
      const [date, start = "", sign = "", fraction = ""] =
        CLOCK.exec(line.slice(0, head.length)) ?? [];
      const end = line.indexOf(" ", head.length + 1);
      if (date === undefined || end < 0) return;
      length = head.length;
      before = start;
      mark = sign;
      digits = fraction.length;
      after = line.slice(start.length + 2 + sign.length + digits, end + 1);
      const seconds = Number(line.slice(start.length, start.length + 2));
      minute = Math.floor(head.at / 1000) * 1000 - seconds * 1000;
      forNow = head.now;
    },
    get length() {
      return length;
    },
  };
}

function hasFraction(line: string, at: number, mark: string, digits: number): boolean {
  if (line[at] !== mark) return false;
  for (let i = 1; i <= digits; i++) {
    const code = line.charCodeAt(at + i) - 48;
    if (code < 0 || code > 9) return false;
  }
  return true;
}

/** For short texts faster than `startsWith`. */
function standsAt(part: string, text: string, position: number): boolean {
  if (position + part.length > text.length) return false;
  for (let i = part.length - 1; i >= 0; i--)
    if (text.charCodeAt(position + i) !== part.charCodeAt(i)) return false;
  return true;
}
