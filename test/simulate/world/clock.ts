/**
 * Simulates the clocks of the machine: true time, which the driver advances, and the wall clock, which can be stepped.
 * Each process gets a separate clock, whose timers end with it.
 */
import type { AlarmClock } from "../../../src/domain/clock.ts";
import { instant } from "../../../src/domain/instant.ts";

interface Timer {
  readonly due: number;
  readonly ring: () => unknown;
}

export interface ProcessClock extends AlarmClock {
  /**
   * Ends the clock of a process: its alarms never ring, and its sleeps end, so that the rest of its code can end too.
   */
  end(): void;
  /** Number of alarms and sleeps that are set. */
  readonly pending: number;
}

export class WorldClock {
  readonly #beginning: number;
  readonly #timers = new Set<Timer>();
  #elapsed = 0;
  #stepped = 0;

  constructor(beginning: number) {
    this.#beginning = beginning;
  }

  /** True time in milliseconds since the simulation began. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** Sum of the steps of the wall clock in milliseconds. */
  get stepped(): number {
    return this.#stepped;
  }

  wall(): number {
    return this.#beginning + this.#elapsed + this.#stepped;
  }

  /** Converts true time to wall-clock time, by the present setting. */
  wallAt(elapsed: number): number {
    return this.#beginning + elapsed + this.#stepped;
  }

  elapsedAt(wall: number): number {
    return wall - this.#beginning - this.#stepped;
  }

  step(milliseconds: number): void {
    this.#stepped += milliseconds;
  }

  /** Advances to `target` and rings due timers, each at its moment; `settle` runs after each. */
  async passTo(target: number, settle: () => Promise<void>): Promise<void> {
    for (let next = this.#soonest(); next !== undefined && next.due <= target; ) {
      this.#elapsed = Math.max(this.#elapsed, next.due);
      this.#timers.delete(next);
      next.ring();
      await settle();
      next = this.#soonest();
    }
    this.#elapsed = Math.max(this.#elapsed, target);
  }

  #soonest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  /** Creates the clock of a process; `onUse` is called whenever the process reads the time. */
  openFor(onUse: () => void): ProcessClock {
    const own = new Set<Timer>();
    /** Functions that end the sleeps when the process ends. */
    const sleeping = new Set<() => void>();
    let isEnded = false;
    const add = (milliseconds: number, ring: () => unknown): Timer => {
      const timer: Timer = {
        // Timers have a resolution of one millisecond.
        due: this.#elapsed + Math.max(1, Math.ceil(milliseconds)),
        ring: () => {
          own.delete(timer);
          return ring();
        },
      };
      if (!isEnded) {
        own.add(timer);
        this.#timers.add(timer);
      }
      return timer;
    };
    const drop = (timer: Timer | undefined): void => {
      if (timer === undefined) return;
      own.delete(timer);
      this.#timers.delete(timer);
    };
    return {
      now: () => {
        onUse();
        return instant(this.wall());
      },
      monotonic: () => this.#elapsed,
      alarm(onRing) {
        let timer: Timer | undefined;
        const clear = (): void => drop(timer);
        const set = (milliseconds: number): void => {
          clear();
          timer = add(milliseconds, onRing);
        };
        return { set, clear };
      },
      sleep(milliseconds, signal) {
        if (signal.aborted || isEnded) return Promise.resolve("aborted");
        return new Promise((resolve) => {
          const stop = (): void => {
            drop(timer);
            sleeping.delete(stop);
            resolve("aborted");
          };
          sleeping.add(stop);
          const timer = add(milliseconds, () => {
            sleeping.delete(stop);
            signal.removeEventListener("abort", stop);
            resolve("elapsed");
          });
          signal.addEventListener("abort", stop, { once: true });
        });
      },
      end: () => {
        isEnded = true;
        for (const timer of [...own]) drop(timer);
        for (const stop of [...sleeping]) stop();
      },
      get pending() {
        return own.size;
      },
    };
  }
}
