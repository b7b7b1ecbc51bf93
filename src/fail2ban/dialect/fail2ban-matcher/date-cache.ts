/**
 * Caches how the last date was parsed: dates of nearby lines differ only in minutes, seconds and their fraction. Valid
 * within a quarter of an hour of the clock. The comparison includes the word after the date, so that a longer date is
 * never mistaken for the cached one.
 */
import { type Instant, instant } from "../../../domain/instant.ts";

export interface DateCache {
  /** Returns the time of the line, if its date differs from the cached one only in the cached fields. */
  recall(line: string, now: Instant): Instant | undefined;
  remember(line: string, head: ReadDate): void;
  forget(): void;
  /** Length of the date that `recall` returned last. */
  readonly length: number;
}

export interface ReadDate {
  /** Length of the date, which begins the line. */
  readonly length: number;
  readonly at: Instant;
  readonly now: Instant;
  /** The part of the time that the date lacks, and that was guessed. */
  readonly guessed: "nothing" | "year" | "day";
}

/**
 * A date that ends in a time, such as "…HH:MM:SS" or "…HH:MM:SS.123456+01:00". Groups: the text before the minutes;
 * minutes; seconds; separator and digits of the fraction.
 */
const CLOCK = /^(.*?\d\d:)([0-5]\d):([0-5]\d)(?:([.,])(\d{1,6}))?(?:Z| ?[+-]\d\d:?\d\d)?$/;
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/** A parsed date, with the positions of its parts. */
interface Known {
  readonly before: string;
  /** Position of the fraction, and its length with separator; 0: no fraction. */
  readonly fraction: number;
  readonly fractionLength: number;
  readonly mark: number;
  readonly after: string;
  readonly quarter: number;
  /** Start of the hour. */
  readonly hour: number;
  readonly forNow: Instant;
  readonly length: number;
}

export function createDateCache(): DateCache {
  let known: Known | undefined;
  return {
    recall(line, now) {
      if (known === undefined || now !== known.forNow) return undefined;
      const { before, after, fraction, fractionLength } = known;
      if (!standsAt(before, line, 0) || !standsAt(after, line, fraction + fractionLength))
        return undefined;
      const minute = twoDigits(line, before.length);
      const second = twoDigits(line, before.length + 3);
      if (minute < 0 || second < 0 || line.charCodeAt(before.length + 2) !== COLON)
        return undefined;
      if (Math.floor(minute / 15) !== known.quarter) return undefined;
      if (fractionLength > 0 && !hasFraction(line, known)) return undefined;
      return instant(known.hour + (minute * 60 + second) * 1000);
    },
    remember(line, head) {
      known = isSettled(head) ? read(line, head) : undefined;
    },
    forget() {
      known = undefined;
    },
    get length() {
      return known?.length ?? 0;
    },
  };
}

/**
 * Reports whether a guess is safe for later lines: close to a change of year or day, they may belong to the next one.
 */
function isSettled({ at, now, guessed }: ReadDate): boolean {
  if (guessed === "nothing") return true;
  const edge = guessed === "year" ? now + DAY_MS : now;
  return Math.abs(at - edge) > QUARTER_MS;
}

function read(line: string, { length, at, now }: ReadDate): Known | undefined {
  const [date, before = "", minutes = "", seconds = "", mark = "", digits = ""] =
    CLOCK.exec(line.slice(0, length)) ?? [];
  const end = line.indexOf(" ", length + 1);
  if (date === undefined || end < 0) return undefined;
  const fraction = before.length + 5;
  const fractionLength = mark.length + digits.length;
  const [minute, second] = [Number(minutes), Number(seconds)];
  return {
    before,
    fraction,
    fractionLength,
    mark: mark.charCodeAt(0),
    after: line.slice(fraction + fractionLength, end + 1),
    quarter: Math.floor(minute / 15),
    hour: Math.floor(at / 1000) * 1000 - (minute * 60 + second) * 1000,
    forNow: now,
    length,
  };
}

function hasFraction(line: string, { fraction, fractionLength, mark }: Known): boolean {
  if (line.charCodeAt(fraction) !== mark) return false;
  for (let i = 1; i < fractionLength; i++) if (digit(line, fraction + i) < 0) return false;
  return true;
}

/** Returns the value of two digits, else -1. */
function twoDigits(line: string, at: number): number {
  const tens = digit(line, at);
  const ones = digit(line, at + 1);
  return tens < 0 || tens > 5 || ones < 0 ? -1 : tens * 10 + ones;
}

function digit(line: string, at: number): number {
  const value = line.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : -1;
}

const ZERO = 48;
const COLON = 58;

/** Like `startsWith`, but faster for short texts. */
function standsAt(part: string, text: string, position: number): boolean {
  return text.slice(position, position + part.length) === part;
}
