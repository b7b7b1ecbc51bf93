/**
 * A clock that a test advances. Alarms and sleeps fire in order, each at its own time, and the work they start is
 * finished before time continues.
 */
import { setImmediate } from "node:timers/promises";
import type { AlarmClock } from "../../src/domain/clock.ts";
import { instant } from "../../src/domain/instant.ts";

export interface VirtualClock extends AlarmClock {
  /** Advances to `elapsed` milliseconds since the beginning. `settle` waits for other work that an alarm started. */
  passTo(elapsed: number, settle: () => Promise<void>): Promise<void>;
  /** Steps the wall clock; no time passes. */
  step(milliseconds: number): void;
  /** Number of alarms and sleeps that are set. */
  readonly pending: number;
}

interface Timer {
  readonly due: number;
  readonly ring: () => unknown;
}

/** In a longer gap, a repeated alarm fires up to this much late, as on a busy machine, but not after the gap. */
const LEAP_MS = 60_000;
const LEAP_STEP_MS = 3_600_000;
/**
 * If an alarm's work takes longer in real time, it waits for a later alarm or for something outside of virtual time.
 */
const STUCK_MS = 30_000;

export function createVirtualClock(beginning: number): VirtualClock {
  const timers = new Set<Timer>();
  let elapsed = 0;
  let stepped = 0;
  /** End of the current leap. */
  let leapsTo = 0;

  function add(milliseconds: number, ring: () => unknown): Timer {
    const due = elapsed + Math.max(0, milliseconds);
    const late = Math.min(elapsed + LEAP_STEP_MS, leapsTo);
    const timer = { due: Math.max(due, late), ring };
    timers.add(timer);
    return timer;
  }

  function soonest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  return {
    now: () => instant(beginning + elapsed + stepped),
    monotonic: () => elapsed,
    alarm(onRing) {
      let timer: Timer | undefined;
      const clear = (): void => void (timer !== undefined && timers.delete(timer));
      const set = (milliseconds: number): void => {
        clear();
        timer = add(milliseconds, onRing);
      };
      return { set, clear };
    },
    sleep(milliseconds, signal) {
      if (signal.aborted) return Promise.resolve("aborted");
      return new Promise((resolve) => {
        const stop = (): void => {
          timers.delete(timer);
          resolve("aborted");
        };
        const timer = add(milliseconds, () => {
          signal.removeEventListener("abort", stop);
          resolve("elapsed");
        });
        signal.addEventListener("abort", stop, { once: true });
      });
    },
    async passTo(target, settle) {
      leapsTo = target - elapsed > LEAP_MS ? target : 0;
      for (let next = soonest(); next !== undefined && next.due <= target; next = soonest()) {
        elapsed = Math.max(elapsed, next.due);
        timers.delete(next);
        await finished(next.ring());
        await setImmediate();
        await settle();
      }
      elapsed = target;
    },
    step(milliseconds) {
      stepped += milliseconds;
    },
    get pending() {
      return timers.size;
    },
  };
}

async function finished(work: unknown): Promise<void> {
  if (!(work instanceof Promise)) return;
  const { promise: stuck, reject } = Promise.withResolvers<never>();
  const late = new Error("an alarm's work does not end unless time passes");
  const timer = setTimeout(() => reject(late), STUCK_MS);
  await Promise.race([work, stuck]).finally(() => clearTimeout(timer));
}
