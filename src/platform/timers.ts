/**
 * Waiting that can be called off. Every timer of the daemon is made here, so that an abort leaves none behind.
 */

/** "held" keeps the program running while it waits; "loose" lets it end. */
export type TimerHold = "held" | "loose";

/** Resolves after `milliseconds`, or at once when `signal` aborts; never rejects. */
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

/** Lets everything else that is due run first: sockets, watches, signals. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** One timer that is set again and again; loose, and cheap to move. */
export interface Alarm {
  /** Replaces what was set before. */
  set(milliseconds: number): void;
  clear(): void;
}

export function createAlarm(onRing: () => void): Alarm {
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
