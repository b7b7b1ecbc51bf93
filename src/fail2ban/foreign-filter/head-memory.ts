/**
 * Remembers how the head of the last line was read: lines of one log mostly begin alike, but for the seconds. What is
 * compared reaches to the end of the word after the date, so that no longer date can hide behind an equal beginning.
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

/** For short texts faster than `startsWith`. */
function standsAt(part: string, text: string, position: number): boolean {
  if (position + part.length > text.length) return false;
  for (let i = part.length - 1; i >= 0; i--)
    if (text.charCodeAt(position + i) !== part.charCodeAt(i)) return false;
  return true;
}

export function createHeadMemory(): HeadMemory {
  let before = "";
  let after = "";
  let length = -1;
  let minute = 0;
  let forNow = Number.NaN;

  return {
    recall(line, now) {
      if (length < 0 || now !== forNow) return undefined;
      if (!standsAt(after, line, length) || !standsAt(before, line, 0)) return undefined;
      const tens = line.charCodeAt(length - 2) - 48;
      const ones = line.charCodeAt(length - 1) - 48;
      if (tens < 0 || tens > 5 || ones < 0 || ones > 9) return undefined;
      return instant(minute + (tens * 10 + ones) * 1000);
    },
    remember(line, head) {
      const seconds = /:([0-5]\d)$/.exec(line.slice(0, head.length))?.[1];
      const end = line.indexOf(" ", head.length + 1);
      length = -1;
      if (seconds === undefined || end < 0) return;
      length = head.length;
      before = line.slice(0, length - 2);
      after = line.slice(length, end + 1);
      minute = head.at - Number(seconds) * 1000;
      forNow = head.now;
    },
    get length() {
      return length;
    },
  };
}
