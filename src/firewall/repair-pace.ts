/**
 * Limits the rate of repairs when another program damages the firewall repeatedly. Repairs are free until they have
 * used twelve seconds of CPU time; then they use at most a tenth of the time, so flushes in a tight loop cost no more
 * than that. The unused budget refills with time. Pure: times are arguments.
 */
import { type Duration, duration } from "../domain/duration.ts";

export interface RepairPace {
  /** Returns how long the next repair has to wait. `now` in monotonic milliseconds. */
  wait(now: number): Duration;
  /** Records a repair that used this many milliseconds of CPU time. */
  spend(took: number, now: number): void;
}

const FREE_MS = 12_000;
const MAX_TIME_SHARE = 0.1;
const MAX_WAIT_MS = 30_000;

export function createRepairPace(): RepairPace {
  let left = FREE_MS;
  let countedAt: number | undefined;

  function refill(now: number): void {
    left = Math.min(FREE_MS, left + Math.max(0, now - (countedAt ?? now)) * MAX_TIME_SHARE);
    countedAt = now;
  }

  return {
    wait(now) {
      refill(now);
      return duration(Math.max(0, Math.min(MAX_WAIT_MS, -left / MAX_TIME_SHARE)));
    },
    spend(took, now) {
      refill(now);
      left = Math.max(left - took, -MAX_WAIT_MS * MAX_TIME_SHARE);
    },
  };
}
