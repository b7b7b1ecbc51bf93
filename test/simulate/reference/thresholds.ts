import type { Failure } from "./failure.ts";
import { CLOCK_TOLERANCE, SLACK } from "./promises.ts";

/** Reports whether failures that must count reach the threshold within findtime, whatever their exact times are. */
export function mustReach(
  failures: readonly Failure[],
  threshold: number,
  findTime: number,
  after: number = -Infinity,
): boolean {
  if (failures.length < threshold) return false;
  const free = failures.filter(({ consumedAt, low }) => consumedAt === undefined && low > after);
  return reach(free, threshold, findTime);
}

/** Reports whether the failures that led to the ban first seen at `bannedAt` must have reached the threshold. */
export function mustHaveReached(
  failures: readonly Failure[],
  threshold: number,
  findTime: number,
  bannedAt: number,
): boolean {
  const consumed = failures.filter(({ consumedAt }) => consumedAt === bannedAt);
  return reach(consumed, threshold, findTime);
}

function reach(failures: readonly Failure[], threshold: number, findTime: number): boolean {
  const certain = failures.filter((failure) => failure.certain);
  for (let last = threshold - 1; last < certain.length; last++) {
    const run = certain.slice(last - threshold + 1, last + 1);
    const from = run[0]?.low ?? 0;
    if (Math.max(...run.map(({ high }) => high)) - from < findTime - CLOCK_TOLERANCE) return true;
  }
  return false;
}

/**
 * Returns the maximum number of failures that may have counted together within findtime, one of them maybe after the
 * last ban.
 */
export function mayReach(failures: readonly Failure[], findTime: number): number {
  let most = 0;
  for (const first of failures) {
    const end = first.high + findTime + CLOCK_TOLERANCE + SLACK;
    const together = failures.filter(({ low, high }) => high >= first.low && low <= end);
    if (together.some(({ consumedAt, isLate }) => consumedAt === undefined || isLate))
      most = Math.max(most, together.length);
  }
  return most;
}
