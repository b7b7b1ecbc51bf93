import type { Instant } from "./instant.ts";

/** Port: the time, so that every test can choose it. */
export interface Clock {
  now(): Instant;
  /** Milliseconds that only ever grow, unaffected by a changed wall clock. */
  monotonic(): number;
}
