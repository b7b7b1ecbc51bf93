import type { Clock } from "../domain/clock.ts";
import { instant } from "../domain/instant.ts";

/** The machine's clocks: the wall, and CLOCK_MONOTONIC in milliseconds. */
export const systemClock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => performance.now(),
};
