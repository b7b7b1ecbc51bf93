/** Creates cancelable timers. The daemon creates every timer here, so that an abort leaves none behind. */

import type { Alarm, TimerHold } from "../domain/clock.ts";

/** Resolves after `milliseconds`, or immediately when `signal` aborts; never rejects. */
export function sleep(
  milliseconds: number,
  signal: AbortSignal,
  hold: TimerHold = "held",
): Promise<"elapsed" | "aborted"> {
  if (signal.aborted) return Promise.resolve("aborted");
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      resolve("aborted");
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve("elapsed");
    }, milliseconds);
    if (hold === "loose") timer.unref();
    signal.addEventListener("abort", stop, { once: true });
  });
}

/** Waits for `work`, until the time is over or `signal` aborts. Leaves no timer behind. */
export async function within<T>(
  work: Promise<T>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<T | "elapsed" | "aborted"> {
  const done = new AbortController();
  const stop = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
  try {
    return await Promise.race([work, sleep(milliseconds, stop, "loose")]);
  } finally {
    done.abort();
  }
}

/** Lets all other pending work run first: sockets, watches, signals. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Creates an alarm; see `AlarmClock`. */
export function createAlarm(onRing: () => unknown): Alarm {
  let timer: NodeJS.Timeout | undefined;
  return {
    set: (milliseconds) => {
      clearTimeout(timer);
      timer = setTimeout(onRing, milliseconds);
      timer.unref();
    },
    clear: () => clearTimeout(timer),
  };
}
