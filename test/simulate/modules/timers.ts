/** Replaces host/timers.ts with timers of the simulated machine. */
import type { Alarm, TimerHold } from "../../../src/domain/clock.ts";
import { machine } from "./machine.ts";

export function sleep(
  milliseconds: number,
  signal: AbortSignal,
  hold?: TimerHold,
): Promise<"elapsed" | "aborted"> {
  return machine().clock.sleep(milliseconds, signal, hold);
}

export async function within<T>(
  work: Promise<T>,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<T | "elapsed" | "aborted"> {
  const done = new AbortController();
  const stop = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
  try {
    return await Promise.race([work, sleep(milliseconds, stop)]);
  } finally {
    done.abort();
  }
}

export function nextTurn(): Promise<void> {
  machine().onUse();
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export function createAlarm(onRing: () => unknown): Alarm {
  return machine().clock.alarm(onRing);
}
