/**
 * Lists the policies that `bailiff tune` tries: first thresholds, then lengths of bans for the best of them. Bounded:
 * 56 and 45 policies.
 */
import { type Duration, duration } from "../../domain/duration.ts";
import type { Thresholds } from "./tried-policy.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const MAXRETRIES = [2, 3, 4, 5, 6, 8, 10];
const FINDTIMES = [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS];
const BANTIMES = [10 * MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS];

/** Lists policies with other thresholds. `span`: length of the history; values longer than it have the same effect. */
export function thresholdsToTry(current: Thresholds, span: Duration): readonly Thresholds[] {
  const { maxretry, findtime } = current;
  return upTo(FINDTIMES, findtime, span).flatMap((within) =>
    sortedWith(MAXRETRIES, maxretry).map((retries) => ({
      ...current,
      maxretry: retries,
      findtime: duration(within),
    })),
  );
}

/** Lists policies with the thresholds of `one`, and bans of other lengths. */
export function banTimesToTry(one: Thresholds, span: Duration): readonly Thresholds[] {
  const { bantime } = one;
  const lengths =
    bantime === "forever"
      ? [...upTo(BANTIMES, undefined, span), bantime]
      : upTo(BANTIMES, bantime, span);
  return lengths.flatMap((length) =>
    [true, false].map((increment) => ({
      ...one,
      bantime: length === "forever" ? length : duration(length),
      increment,
    })),
  );
}

function upTo(values: readonly number[], current: number | undefined, max: number) {
  const short = values.filter((value) => value <= max);
  return current === undefined ? short : sortedWith(short, current);
}

function sortedWith(values: readonly number[], current: number): readonly number[] {
  return [...new Set([...values, current])].sort((a, b) => a - b);
}
