/**
 * How fast the firewall is repaired when somebody breaks it again and again. Repairs are free until they have taken twelve
 * seconds of the processor; from then on they take at most a tenth of the time: whoever flushes in a tight loop costs no more than that. What was not used up comes back with time. Pure: times are given.
 */
import { type Duration, duration } from "../domain/duration.ts";

export interface RepairPace {
  /** How long the next repair has to wait. `now` in monotonic milliseconds. */
  wait(now: number): Duration;
  /** A repair was made, which took so many milliseconds of the processor. */
  spend(took: number, now: number): void;
}

const FREE_MS = 12_000;
const SHARE = 0.1;
const LONGEST_MS = 30_000;

export function createRepairPace(): RepairPace {
  let left = FREE_MS;
  let countedAt: number | undefined;

  function refill(now: number): void {
    left = Math.min(FREE_MS, left + Math.max(0, now - (countedAt ?? now)) * SHARE);
    countedAt = now;
  }

  return {
    wait(now) {
      refill(now);
      return duration(Math.max(0, Math.min(LONGEST_MS, -left / SHARE)));
    },
    spend(took, now) {
      refill(now);
      left = Math.max(left - took, -LONGEST_MS * SHARE);
    },
  };
}
