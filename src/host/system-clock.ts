import type { AlarmClock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";
import { createAlarm, sleep } from "./timers.ts";

/** The machine's clocks: the wall, CLOCK_MONOTONIC in milliseconds, and its timers. */
export const systemClock: AlarmClock = {
  now: () => instant(Date.now()),
  monotonic: () => performance.now(),
  alarm: createAlarm,
  sleep,
};
