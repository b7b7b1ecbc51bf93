/**
 * Formats a habit as text and restores it after a restart. One row of numbers for each part, under 8 KiB in all.
 * Averages keep three digits.
 */
import { expectedActivity } from "./expectation.ts";
import { type Extremes, KEPT } from "./extremes.ts";
import { createHabit, DAY_HOURS, type Habit, HOURS } from "./habit.ts";

const FORMAT_NAME = "habit 1";

export function formatHabit(habit: Habit): string {
  const { observed, activeLooks, missed, quiet, alarmed, hour, below, above } = habit;
  const rows: readonly (readonly number[])[] = [
    [...habit.active],
    [...habit.lines],
    [...habit.weight],
    [observed, activeLooks, missed, quiet, alarmed],
    [hour.of, hour.watched, hour.active, hour.lines],
    [below.hours, below.worst],
    above === undefined ? [] : [above.lines, above.busiest, above.hours],
    habit.day.flatMap(({ lines, expected, looks }) => [lines, expected, looks]),
    pairsOf(habit.gaps),
    pairsOf(habit.busiest),
    pairsOf(habit.falls),
  ];
  return [FORMAT_NAME, ...rows.map((row) => row.map(short).join(" "))].join("\n");
}

/** Rounds averages; whole numbers are counts and stay exact. */
function short(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(value < 1 ? 3 : 4)));
}

function pairsOf({ top }: Extremes): readonly number[] {
  return top.flatMap(({ value, at }) => [value, at]);
}

/** Restores a habit; undefined if the text has another format, so that learning starts again. */
export function restoreHabit(text: string): Habit | undefined {
  const [head, ...lines] = text.split("\n");
  const rows = lines.map((line) => (line === "" ? [] : line.split(" ").map(Number)));
  if (
    head !== FORMAT_NAME ||
    !rows.flat().every((number) => number >= 0 && Number.isFinite(number))
  )
    return undefined;
  const [active = [], sums = [], weight = [], counts = [], hour = [], below = []] = rows;
  const [above = [], day = [], gaps = [], busiestHours = [], falls = []] = rows.slice(6);
  if ([active, sums, weight].some(({ length }) => length !== HOURS)) return undefined;
  const habit = createHabit();
  habit.active.set(active);
  habit.lines.set(sums);
  habit.weight.set(weight);
  [
    habit.observed = 0,
    habit.activeLooks = 0,
    habit.missed = 0,
    habit.quiet = 0,
    habit.alarmed = 0,
  ] = counts;
  const [of = 0, watched = 0, activeInHour = 0, counted = 0] = hour;
  const activity = expectedActivity(habit, of);
  habit.hour = { of, activity, watched, active: activeInHour, lines: counted };
  const [belowHours = 0, worst = 0] = below;
  habit.below = { hours: belowHours, worst };
  const [flood, busiest = 0, hours = 0] = above;
  habit.above = flood === undefined ? undefined : { lines: flood, busiest, hours };
  habit.day.push(...threesOf(day).slice(-DAY_HOURS));
  habit.gaps.top.push(...twosOf(gaps));
  habit.busiest.top.push(...twosOf(busiestHours));
  habit.falls.top.push(...twosOf(falls));
  return habit;
}

function threesOf(row: readonly number[]): Habit["day"] {
  return Array.from({ length: Math.floor(row.length / 3) }, (_, i) => {
    const [lines = 0, expected = 0, looks = 0] = row.slice(i * 3);
    return { lines, expected, looks };
  });
}

function twosOf(row: readonly number[]): Extremes["top"] {
  return Array.from({ length: Math.min(KEPT, Math.floor(row.length / 2)) }, (_, i) => {
    const [value = 0, at = 0] = row.slice(i * 2);
    return { value, at };
  });
}
