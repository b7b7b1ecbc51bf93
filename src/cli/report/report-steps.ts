/** Adds up hours to the steps of a chart: hours, local days or weeks, as the period is long. */
import { type ObservedHour, observedShare } from "./observed-time.ts";
import type { ReportStep, StepUnit } from "./report-reply.ts";

/** Longest periods with steps of an hour and of a day; a period of a day may have a part of one more hour. */
const MAX_HOURS = 25;
const MAX_DAYS = 62;

/** Chooses the steps of a period of so many hours. */
export function unitOf(hours: number): StepUnit {
  if (hours <= MAX_HOURS) return "hour";
  return hours <= MAX_DAYS * 24 ? "day" : "week";
}

export function stepsOf(hours: readonly ObservedHour[], unit: StepUnit): readonly ReportStep[] {
  if (unit === "hour") return hours.map((hour) => toStep([hour]));
  const days = [...Map.groupBy(hours, ({ from }) => new Date(from).toDateString()).values()];
  if (unit === "day") return days.map(toStep);
  const weeks = Map.groupBy(days.entries(), ([n]) => Math.floor(n / 7));
  return [...weeks.values()].map((week) => toStep(week.flatMap(([, day]) => day)));
}

/** Unknown hours add nothing; if all are unknown, so is the sum. */
function toStep(hours: readonly ObservedHour[]): ReportStep {
  return {
    from: new Date(hours[0]?.from ?? 0).toISOString(),
    observed: observedShare(hours),
    failures: sumOf(hours.map(({ failures }) => failures)),
    bans: sumOf(hours.map(({ bans }) => bans)),
  };
}

function sumOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
