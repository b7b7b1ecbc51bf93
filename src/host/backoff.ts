/**
 * How long to wait before trying again: doubling from `first` up to `longest`, with up to a quarter of jitter, so that
 * many parts that failed together do not all come back together.
 */
import { type Duration, duration } from "../domain/duration.ts";

export interface BackoffOptions {
  readonly first: Duration;
  readonly longest: Duration;
  /** In [0, 1); Math.random outside tests. */
  readonly random?: () => number;
}

export interface Backoff {
  /** The wait before the next try; longer each time. */
  next(): Duration;
  /** To be called once the thing works again. */
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
