/**
 * Computes the wait before a retry: doubles from `first` up to `longest`, with up to a quarter of jitter, so that parts
 * that failed together do not retry together.
 */
import { type Duration, duration } from "../domain/duration.ts";

export interface BackoffOptions {
  readonly first: Duration;
  readonly longest: Duration;
  /** Returns a number in [0, 1); Math.random outside tests. */
  readonly random?: () => number;
}

export interface Backoff {
  /** Returns the wait before the next retry; longer each time. */
  next(): Duration;
  /** Starts again with the first wait. Call it after a success. */
  reset(): void;
}

export function createBackoff(options: BackoffOptions): Backoff {
  const random = options.random ?? Math.random;
  let base: number = options.first;
  return {
    next: () => {
      const wait = Math.min(base, options.longest) * (0.75 + random() * 0.25);
      base = Math.min(base * 2, options.longest);
      return duration(Math.round(wait));
    },
    reset: () => {
      base = options.first;
    },
  };
}
