/**
 * A clock that detects a step of the wall clock before it tells the time, so that no time from before the step is
 * compared with one from after it, and none from after it is shifted by it.
 */
import type { AlarmClock } from "../domain/clock.ts";

/** `check` shifts all stored times if the clock was stepped since its last call. */
export function createCheckedClock(clock: AlarmClock, check: () => void): AlarmClock {
  return {
    now: () => {
      check();
      return clock.now();
    },
    monotonic: () => clock.monotonic(),
    alarm: (onRing) => clock.alarm(onRing),
    sleep: (milliseconds, signal, hold) => clock.sleep(milliseconds, signal, hold),
  };
}
