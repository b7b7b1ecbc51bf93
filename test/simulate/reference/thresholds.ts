import type { Failure } from "./failure-windows.ts";
import { CLOCK_TOLERANCE, SLACK } from "./promises.ts";

/** Whether failures that must count reach the threshold within findtime, however their times are read. */
export function mustReach(
  failures: readonly Failure[],
  threshold: number,
  findTime: number,
  after: number = -Infinity,
): boolean {
  if (failures.length < threshold) return false;
  const certain = failures.filter((failure) => failure.certain && failure.low > after);
  for (let last = threshold - 1; last < certain.length; last++) {
    const run = certain.slice(last - threshold + 1, last + 1);
    const from = run[0]?.low ?? 0;
    if (Math.max(...run.map(({ high }) => high)) - from < findTime - CLOCK_TOLERANCE) return true;
  }
  return false;
}

/** The most failures that may have counted together within findtime, one of them after the last ban. */
export function mayReach(failures: readonly Failure[], findTime: number): number {
  let most = 0;
  for (const first of failures) {
    const end = first.high + findTime + CLOCK_TOLERANCE + SLACK;
    const together = failures.filter(({ low, high }) => high >= first.low && low <= end);
    if (together.some(({ consumed }) => !consumed)) most = Math.max(most, together.length);
  }
  return most;
}
