import type { Instant } from "./instant.ts";

/** Port: the time, so that every test can choose it. */
export interface Clock {
  now(): Instant;
  /** Milliseconds that only ever grow, unaffected by a changed wall clock. */
  monotonic(): number;
}

/** Port: the time, and waking up later, so that a test can let time pass. Timers count monotonic time. */
export interface AlarmClock extends Clock {
  /** `onRing` may return a promise: of the work that the alarm began. */
  alarm(onRing: () => unknown): Alarm;
  /** Resolves after `milliseconds`, or at once when `signal` aborts; never rejects. */
  sleep(
    milliseconds: number,
    signal: AbortSignal,
    hold?: TimerHold,
  ): Promise<"elapsed" | "aborted">;
}

/** One timer that is set again and again; it does not keep the program running, and is cheap to move. */
export interface Alarm {
  /** Replaces what was set before. */
  set(milliseconds: number): void;
  clear(): void;
}

/** "held" keeps the program running while it waits; "loose" lets it end. */
export type TimerHold = "held" | "loose";
