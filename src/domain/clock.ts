import type { Instant } from "./instant.ts";

/** Port: the current time, so that tests can set it. */
export interface Clock {
  now(): Instant;
  /** Milliseconds of a clock that never goes back and ignores changes of the wall clock. */
  monotonic(): number;
}

/** Port: the current time and timers, so that tests can advance time. Timers count monotonic time. */
export interface AlarmClock extends Clock {
  /** Creates a timer. `onRing` may return the promise of the work that it started. */
  alarm(onRing: () => unknown): Alarm;
  /** Resolves after `milliseconds`, or immediately when `signal` aborts; never rejects. */
  sleep(
    milliseconds: number,
    signal: AbortSignal,
    hold?: TimerHold,
  ): Promise<"elapsed" | "aborted">;
}

/** A reusable timer. Does not keep the process running, and is cheap to reset. */
export interface Alarm {
  /** Replaces the previous setting. */
  set(milliseconds: number): void;
  clear(): void;
}

/** "held" keeps the process running while it waits; "loose" lets it end. */
export type TimerHold = "held" | "loose";
