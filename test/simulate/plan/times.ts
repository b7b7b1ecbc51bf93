/** Defines durations in milliseconds, and picks the moments of mishaps. */
import type { Random } from "../random.ts";

export const MINUTE: number = 60_000;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;
/** Time of the first step, when the daemon has started. */
export const FIRST_STEP: number = 2 * MINUTE;

/** Number of mishaps per day, from calm hosts to ones where many things fail within hours. */
const MISHAPS_PER_DAY = [4, 16, 100] as const;

export function* pickMoments(random: Random, until: number): Generator<number, void> {
  const count = Math.max(2, Math.round((until / DAY) * random.pick(MISHAPS_PER_DAY)));
  for (let n = 0; n < count; n++) yield random.whole(FIRST_STEP, until);
}
