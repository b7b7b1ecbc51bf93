/**
 * Stores one wake-up. Several events become one, and an event between two waits is not lost. Only one caller may wait.
 */
export interface WakeUp {
  ring(): void;
  /** Resolves at the next `ring` (immediately if one came since the last wait), or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createWakeUp(): WakeUp {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: async (signal) => {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const stop = (): void => resolve();
        signal.addEventListener("abort", stop, { once: true });
        await promise;
        signal.removeEventListener("abort", stop);
        wake = undefined;
      }
      rung = false;
    },
  };
}
