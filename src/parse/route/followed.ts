/** Defines options for logs that are followed: reading begins in the middle of them. */
import type { ClockDifference } from "../header/place-in-time.ts";

export interface Followed {
  /** Clock differences of hosts that an earlier run learned. */
  readonly clocks: readonly ClockDifference[] | undefined;
}
