/** A clock that shows the time of the log, and rings alarms as that time passes. It never goes back. */
import type { Alarm, AlarmClock } from "../../domain/clock.ts";
import { type Instant, instant } from "../../domain/instant.ts";

interface SetAlarm {
  /** When it rings; undefined: it is not set. */
  dueAt: number | undefined;
  readonly onRing: () => unknown;
}

export class VirtualClock implements AlarmClock {
  readonly #alarms: SetAlarm[] = [];
  #now = Number.NEGATIVE_INFINITY;

  now(): Instant {
    return instant(this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  alarm(onRing: () => unknown): Alarm {
    const alarm: SetAlarm = { dueAt: undefined, onRing };
    this.#alarms.push(alarm);
    return {
      set: (milliseconds) => {
        alarm.dueAt = this.#now + milliseconds;
      },
      clear: () => {
        alarm.dueAt = undefined;
      },
    };
  }

  /** Nothing in a replay waits. */
  async sleep(): Promise<"elapsed"> {
    return "elapsed";
  }

  /** Advances to a time, and rings each alarm at its own time on the way. `onTick` is called before each alarm. */
  advance(to: Instant, onTick: (now: Instant) => void): void {
    for (;;) {
      const due = this.#dueBefore(to);
      if (due?.dueAt === undefined) break;
      this.#now = Math.max(this.#now, due.dueAt);
      due.dueAt = undefined;
      onTick(this.now());
      due.onRing();
    }
    if (to > this.#now) this.#now = to;
    onTick(this.now());
  }

  #dueBefore(to: Instant): SetAlarm | undefined {
    let first: SetAlarm | undefined;
    for (const alarm of this.#alarms)
      if (alarm.dueAt !== undefined && alarm.dueAt <= to)
        if (first?.dueAt === undefined || alarm.dueAt < first.dueAt) first = alarm;
    return first;
  }
}
