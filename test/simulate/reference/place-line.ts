import type { JailPolicy } from "../happenings.ts";
import type { Login } from "./login-records.ts";
import { BAN_WITHIN, CLOCK_TOLERANCE, LATE_LINE, SKEW_PRECISION } from "./promises.ts";
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
export function placeLine(world: World, policy: JailPolicy, login: Login, source: string): Place {
  const { now } = world;
  const { stamp, at } = login;
  const spread = world.stampSpread(at);
  const certain = spread === 0 && !world.sources.isBroken(source, "format-changed");
  if (stamp === undefined) {
    // "A line without a time that can be read counts when it arrives", unless it is older than the opened log.
    if (world.lookingSince(policy) <= at && world.isSettled(policy, 0)) {
      return { low: now, high: now + BAN_WITHIN, certain };
    }
    return { low: at, high: Infinity, certain: false };
  }
  const bounds = boundsOf(world, login, stamp);
  // "A line that was written before the clock was set and is read after it … counts when it says": of the other clock.
  const stepped = world.steppedSince(at);
  const low = bounds.low - Math.max(0, stepped);
  const high = stepped < 0 ? Math.max(bounds.high, now) : bounds.high;
  const isSure = bounds.isSure && stepped >= 0;
  const isYoung = now - low < policy.findTime - CLOCK_TOLERANCE;
  return { low: low - spread, high: high + spread, certain: certain && isSure && isYoung };
}

/** Returns the bounds of the time at which a stamp counts; `isSure`: whether the line must count somewhere in them. */
function boundsOf(
  { now, skew, running }: World,
  { at, hasOffset }: Login,
  stamp: number,
): { readonly low: number; readonly high: number; readonly isSure: boolean } {
  // "only a stamp that is still in the future counts as now".
  const place = Math.min(stamp, now);
  if (Math.abs(stamp - at) <= CLOCK_TOLERANCE) {
    const mayShift = hasOffset === false && now - stamp > LATE_LINE && skew.mayShift;
    return { low: place, high: mayShift ? now : place, isSure: !mayShift };
  }
  if (hasOffset === true) {
    // "A stamp with an offset is always believed". One from the future counts once it is ahead by a constant.
    const low = stamp > now ? Math.min(at, now) : place;
    return { low, high: place, isSure: stamp <= now || (skew.isLearned && running) };
  }
  if (hasOffset === false && skew.isLearned && running)
    return { low: at - SKEW_PRECISION, high: at + SKEW_PRECISION, isSure: true };
  // Another clock or zone: whether the timestamp is corrected is not known yet.
  return { low: Math.min(stamp, at), high: Math.max(stamp, now), isSure: false };
}
