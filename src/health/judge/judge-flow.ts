/** Judges from a source's habit whether its lines arrive at the usual rate. */
import { amount } from "../../domain/amount.ts";
import { duration, formatDuration } from "../../domain/duration.ts";
import { expectedLines, isSteady, silenceLimit } from "./expectation.ts";
import { excess, largest } from "./extremes.ts";
import { DAY_HOURS, type Habit, HOURS } from "./habit.ts";

/**
 * learning: too few observations. silent: no line for longer than usual; `sure` if that is implausible, else a probe
 * must decide. far-below: the last day had a fraction of its usual lines. far-above: an hour had many times the lines
 * of the busiest one.
 */
export interface FlowJudgment {
  readonly verdict: "learning" | "usual" | "silent" | "far-below" | "far-above";
  readonly sure: boolean;
  readonly evidence: string;
}

const LEARNING_HOURS = 24;
const LEARNING_UNSTEADY_HOURS = 336;
const LEARNING_LOOKS = 10;
const MINUTE_MS = 60_000;
/** Minimum silence that is reported: programs restart, logs rotate. */
const MIN_SILENCE_MS = 300_000;
/** A source with few observations is probed after this much silence. */
const PROBE_QUIET_MS = 21_600_000;
const PROBE_EXCESSES = 2;
const MIN_PROBED = 3;
const DAYS = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];

export function judgeFlow(habit: Habit, hour: number): FlowJudgment {
  const quiet = formatDuration(duration(Math.max(1000, habit.quiet)));
  const silence = `${usually(habit, hour)}, none for ${quiet}`;
  if (isLearning(habit)) {
    const evidence = `still learning normal traffic: ${observed(habit)} observed, ${describeFew(habit)}`;
    if (habit.quiet >= PROBE_QUIET_MS) return { verdict: "silent", sure: false, evidence };
    return { verdict: "learning", sure: true, evidence };
  }
  const sure = habit.missed >= silenceLimit(habit);
  if (habit.quiet >= MIN_SILENCE_MS && (sure || habit.missed >= probeLimit(habit)))
    return { verdict: "silent", sure, evidence: silence };
  if (habit.above !== undefined) {
    const { lines, busiest } = habit.above;
    const evidence = `${amount(lines, "line")} within an hour; the busiest hour of the last weeks had ${busiest}`;
    return { verdict: "far-above", sure: true, evidence };
  }
  if (habit.below.hours > 0) return { verdict: "far-below", sure: true, evidence: fall(habit) };
  const evidence = habit.quiet < MIN_SILENCE_MS ? `lines arrive: ${usually(habit, hour)}` : silence;
  return { verdict: "usual", sure: true, evidence };
}

/** Reports whether too little was observed. A source with varying hours needs two of each weekday. */
function isLearning(habit: Habit): boolean {
  const hours = isSteady(habit) ? LEARNING_HOURS : LEARNING_UNSTEADY_HOURS;
  return habit.observed < hours || habit.activeLooks < LEARNING_LOOKS;
}

function probeLimit(habit: Habit): number {
  return Math.max(MIN_PROBED, largest(habit.gaps) + PROBE_EXCESSES * excess(habit.gaps));
}

function fall({ day }: Habit): string {
  const sum = (pick: "lines" | "expected"): number =>
    Math.round(day.reduce((total, one) => total + one[pick], 0));
  return `${amount(sum("lines"), "line")} in the last 24 hours it was watched, usually ${sum("expected")}`;
}

/** Returns, for example, "usually 420 lines an hour on Mondays at 09"; lines per day if an hour has too few. */
function usually(habit: Habit, hour: number): string {
  const lines = expectedLines(habit, hour);
  const day = DAYS[Math.floor(hour / DAY_HOURS)] ?? "";
  if (lines >= 2) {
    const clock = String(hour % DAY_HOURS).padStart(2, "0");
    return `usually ${amount(Math.round(lines), "line")} an hour on ${day} at ${clock}`;
  }
  let week = 0;
  for (let one = 0; one < HOURS; one++) week += expectedLines(habit, one);
  if (week >= 14) return `usually ${amount(Math.round(week / 7), "line")} a day`;
  return `usually ${amount(Math.max(1, Math.round(week)), "line")} a week`;
}

/** The first looks at a source are not counted, so a shorter time would be wrong. */
function observed(habit: Habit): string {
  const milliseconds = habit.observed * 3_600_000;
  return milliseconds < MINUTE_MS
    ? "less than a minute"
    : formatDuration(duration(milliseconds - (milliseconds % 1000)));
}

function describeFew({ activeLooks, quiet }: Habit): string {
  if (activeLooks === 0) return "no line yet";
  return quiet < MINUTE_MS
    ? "few lines yet"
    : `few lines yet, none for ${formatDuration(duration(quiet))}`;
}
