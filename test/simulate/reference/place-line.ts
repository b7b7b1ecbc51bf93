import type { JailPolicy } from "../happenings.ts";
import type { Login } from "./login-records.ts";
import { BAN_WITHIN, CLOCK_TOLERANCE } from "./promises.ts";
import type { World } from "./world.ts";

/** Bounds of the time at which a failure counts, and whether it must count. */
export interface Place {
  readonly low: number;
  readonly high: number;
  readonly certain: boolean;
}

/** Reports whether the jail counts such a login as a failure. Source: docs/reference/configuration.md, `mode`. */
export function counts(policy: JailPolicy, { outcome }: Login): boolean {
  const isNoise = outcome === "closed-without-trying";
  return outcome === "failed" || (isNoise && policy.mode === "aggressive");
}

/**
 * Places a line in time that is readable from now on. Sources: ARCHITECTURE.md, Time; docs/filters.md, The time of a
 * line.
 */
export function placeLine(
  world: World,
  policy: JailPolicy,
  { stamp, at }: Login,
  source: string,
): Place {
  const { now } = world;
  const spread = world.stampSpread();
  const certain = spread === 0 && !world.sources.isBroken(source, "format-changed");
  if (stamp === undefined) {
    // "A line without a time that can be read counts when it arrives", unless it is older than the opened log.
    if (world.lookingSince(policy) <= at && world.isSettled(policy, 0)) {
      return { low: now, high: now + BAN_WITHIN, certain };
    }
    return { low: at, high: Infinity, certain: false };
  }
  if (Math.abs(stamp - at) > CLOCK_TOLERANCE) {
    // Another clock or zone: the model does not know whether and when the timestamp is corrected.
    const high = Math.max(stamp, now) + spread;
    return { low: Math.min(stamp, at) - spread, high, certain: false };
  }
  // "only a stamp that is still in the future counts as now".
  const place = Math.min(stamp, now);
  const isYoung = now - place < policy.findTime - CLOCK_TOLERANCE;
  return { low: place - spread, high: place + spread, certain: certain && isYoung };
}
