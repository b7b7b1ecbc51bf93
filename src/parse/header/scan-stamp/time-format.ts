/**
 * Compiles a stated form of times, in a subset of strptime(3), to a scanner. Reads a bounded number of characters, and
 * allocates nothing per line. Pure.
 */
import { fail, ok, type Result } from "../../../domain/result.ts";
import { isDigitCode } from "../../characters.ts";
import { digit, scanFraction, setDate } from "./clock.ts";
import { anyMonthAt, anyWeekdayAt, nameEnd } from "./names.ts";
import { scanZone, scanZoneWord } from "./zone.ts";
import type { Stamp } from "../stamp.ts";

export interface TimeFormat {
  /** The form as stated. */
  readonly text: string;
  /** Returns the index after the time that begins at `from`, or -1. `to` is the end of the line. */
  readonly scan: (text: string, from: number, to: number, stamp: Stamp) => number;
}

type Step = TimeFormat["scan"];

export interface TimeFormatProblem {
  readonly got: string;
  readonly expected: string;
}

const MAX_LENGTH = 100;
const MAX_FRACTION = 9;

/** Reads up to `digits` digits, and passes their value on. */
function number(
  digits: number,
  [least, most]: readonly [number, number],
  set: (stamp: Stamp, value: number) => void,
): Step {
  return (text, from, to, stamp) => {
    let value = 0;
    let at = from;
    for (; at < to && at - from < digits && digit(text, at) >= 0; at++)
      value = value * 10 + digit(text, at);
    if (at === from || value < least || value > most) return -1;
    set(stamp, value);
    return at;
  };
}

const day = number(2, [1, 31], (stamp, value) => void (stamp.day = value));

const month: Step = (text, from, _to, stamp) => {
  stamp.month = anyMonthAt(text, from);
  return stamp.month < 0 ? -1 : nameEnd(text, from);
};

const weekday: Step = (text, from) => (anyWeekdayAt(text, from) < 0 ? -1 : nameEnd(text, from));

const DIRECTIVES: ReadonlyMap<string, Step> = new Map<string, Step>([
  ["Y", number(4, [1970, 9999], (stamp, value) => void (stamp.year = value))],
  [
    "y",
    number(2, [0, 99], (stamp, value) => void (stamp.year = value + (value < 69 ? 2000 : 1900))),
  ],
  ["m", number(2, [1, 12], (stamp, value) => void (stamp.month = value))],
  ...["b", "B"].map((name): [string, Step] => [name, month]),
  ["d", day],
  [
    "e",
    (text, from, to, stamp) =>
      day(text, text.charCodeAt(from) === BLANK ? from + 1 : from, to, stamp),
  ],
  ...["a", "A"].map((name): [string, Step] => [name, weekday]),
  ["H", number(2, [0, 23], (stamp, value) => void (stamp.hour = value))],
  ["I", number(2, [1, 12], (stamp, value) => void (stamp.hour += value % 12))],
  ["p", scanHalf],
  ["M", number(2, [0, 59], (stamp, value) => void (stamp.minute = value))],
  ["S", number(2, [0, 60], (stamp, value) => void (stamp.second = value))],
  ["f", scanDigits],
  ["z", (text, from, to, stamp) => past(from, scanZone(text, from, to, stamp))],
  ["Z", scanZoneWord],
  ["s", number(11, [0, 1e11], (stamp, value) => void (stamp.epoch = value * 1000))],
]);

const BLANK = 32;

/** Scans AM or PM. The hour of %I is added, whichever comes first. */
function scanHalf(text: string, from: number, _to: number, stamp: Stamp): number {
  const half = text.charCodeAt(from) | 32;
  if ((half !== 97 && half !== 112) || (text.charCodeAt(from + 1) | 32) !== 109) return -1;
  if (half === 112) stamp.hour += 12;
  return from + 2;
}

/** Scans a fraction of a second, whose mark is a part of the form. */
function scanDigits(text: string, from: number, to: number, stamp: Stamp): number {
  return past(from, scanFraction(text, from - 1, Math.min(to, from + MAX_FRACTION), stamp));
}

function past(from: number, end: number): number {
  return end > from ? end : -1;
}

const blanks: Step = (text, from, to) => {
  let at = from;
  while (at < to && (text.charCodeAt(at) === BLANK || text.charCodeAt(at) === 9)) at++;
  return past(from, at);
};

export function compileTimeFormat(text: string): Result<TimeFormat, TimeFormatProblem> {
  const names = [...text.matchAll(/%(.?)/gs)].map(([, name = ""]) => name);
  const wrong = problemIn(
    text,
    names.filter((name) => name !== "%"),
  );
  if (wrong !== undefined) return fail(wrong);
  const steps = [...text.matchAll(/%(.)|[ \t]+|./gs)].map(([written, name]): Step => {
    if (name !== undefined && name !== "%") return DIRECTIVES.get(name) ?? blanks;
    if (written.trim() === "") return blanks;
    const code = written.charCodeAt(0);
    return (line, from) => (line.charCodeAt(from) === code ? from + 1 : -1);
  });
  return ok({ text, scan: (line, from, to, stamp) => runSteps(steps, line, from, to, stamp) });
}

function runSteps(
  steps: readonly Step[],
  text: string,
  from: number,
  to: number,
  stamp: Stamp,
): number {
  setDate(stamp, 0, 1, 1);
  stamp.hour = stamp.minute = stamp.second = 0;
  let at = from;
  for (const step of steps) {
    if (at >= to) return -1;
    at = step(text, at, to, stamp);
    if (at < 0) return -1;
  }
  if (at > to || continues(text, at)) return -1;
  // A time in seconds may have a fraction.
  if (!Number.isNaN(stamp.epoch)) stamp.epoch += stamp.millisecond;
  return at;
}

/** Returns whether the number or word before `at` has more characters: it is another one. */
function continues(text: string, at: number): boolean {
  const [before, next] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return (isDigitCode(before) && isDigitCode(next)) || (isLetter(before) && isLetter(next));
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

function problemIn(text: string, names: readonly string[]): TimeFormatProblem | undefined {
  const unknown = names.find((name) => !DIRECTIVES.has(name));
  if (unknown !== undefined)
    return { got: `%${unknown}`, expected: `one of %${[...DIRECTIVES.keys()].join(" %")} %%` };
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return { got: `%${twice} twice`, expected: "each part once" };
  const has = (...of: readonly string[]): boolean => of.some((name) => names.includes(name));
  const isDate = has("d", "e") && has("m", "b", "B");
  const isClock = (has("H") ? !has("I", "p") : has("I") && has("p")) && has("M");
  if (has("s") ? names.some((name) => name !== "s" && name !== "f") : !(isDate && isClock))
    return {
      got: JSON.stringify(text.slice(0, MAX_LENGTH)),
      expected: 'day, month, hour and minute, as in "%d.%m.%Y %H:%M:%S", or %s alone',
    };
  return text.length > MAX_LENGTH || text.includes("\n")
    ? { got: `a form of ${text.length} characters`, expected: `one line of at most ${MAX_LENGTH}` }
    : undefined;
}
