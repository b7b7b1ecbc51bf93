import type { AlarmClock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import { createAlarm, sleep } from "./timers.ts";

/** The machine's wall clock, its CLOCK_MONOTONIC in milliseconds, and timers. */
export const systemClock: AlarmClock = {
  now: () => instant(Date.now()),
  monotonic: () => performance.now(),
  alarm: createAlarm,
  sleep,
};
