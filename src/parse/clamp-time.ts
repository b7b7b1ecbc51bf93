import { type Instant, instant } from "../domain/instant.ts";
import type { LineBatch } from "../domain/line-batch.ts";

/** A live line's stamp may differ from its arrival by this much before arrival is believed instead. */
export const MAX_SKEW = 60_000;

/**
 * Which time counts. A line read as it is written happened now: a stamp further than `MAX_SKEW` from its arrival is a
 * wrong clock or zone, and arrival counts. A line read later keeps its stamp, but never one in the future.
 */
export function clampTime(
  stamp: Instant | undefined,
  now: Instant,
  arrival: LineBatch["arrival"],
): Instant {
  if (stamp === undefined) return now;
  if (arrival === "live" && Math.abs(stamp - now) > MAX_SKEW) return now;
  return instant(Math.min(stamp, now));
}
