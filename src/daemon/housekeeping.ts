/**
 * What has to happen by the clock: bans that end (one wake-up at the soonest, invariant 3), and every half minute a
 * look at what may have changed without telling: the wall clock, the host's addresses and zone, names in ignoreip,
 * sources that were missing, and now and then the firewall as a whole.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { BanBook } from "../domain/ban-book.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { Emit } from "../telemetry/events.ts";
import type { BlockKey } from "../firewall/enforcement.ts";

export interface HousekeepingOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly enforce: (keys: readonly BlockKey[]) => Promise<void>;
  /** The wall clock was stepped by so many milliseconds. */
  readonly clockStepped: (step: number) => void;
}

/** Every look; `round` counts them from 1. */
export type Look = (round: number) => Promise<void>;

export interface Housekeeping {
  /** From now on bans end at their time, and `look` is called every half minute. */
  begin(look: Look): void;
  /** To be called when a ban was opened, extended or closed. */
  bansChanged(): void;
  /** Ends the bans that are over; the alarm at the soonest end calls it. */
  expire(): Promise<void>;
  /** Notices a stepped wall clock. To be called before instants of before and after a step could meet. */
  checkClock(): void;
  /** Resolves when no look is under way. */
  close(): Promise<void>;
}

export const LOOK_INTERVAL_MS = 30_000;
/** A smaller difference between the clocks is drift, which NTP slews away. */
const SMALLEST_STEP_MS = 2000;
const EXPIRE_LIMIT = 1000;
/** setTimeout's limit is 2^31 - 1 ms; a later end is waited for in pieces. */
const LONGEST_SLEEP_MS = 86_400_000;

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { book, clock, emit } = options;
  const expiry = clock.alarm(() => expire());
  let looking: Promise<void> = Promise.resolve();
  let rounds: Alarm | undefined;
  let offset = clock.now() - clock.monotonic();
  let round = 0;
  let closed = false;

  function schedule(): void {
    if (closed || rounds === undefined) return;
    const next = book.nextExpiry();
    if (next === undefined) expiry.clear();
    else expiry.set(Math.min(Math.max(0, next - clock.now()), LONGEST_SLEEP_MS));
  }

  async function expire(): Promise<void> {
    if (closed) return;
    noticeStep();
    const past = book.expire(clock.now(), EXPIRE_LIMIT);
    for (const ban of past) {
      emit({
        event: "unban",
        jail: ban.jail,
        ip: ban.subject,
        reason: "its time is over",
        who: "daemon",
      });
    }
    await options.enforce(past.map(({ subject, scope }) => ({ subject, scope })));
    schedule();
  }

  /** Bans last as long as they were meant to, however the clock is set: the kernel counts that way too. */
  function noticeStep(): void {
    const now = clock.now() - clock.monotonic();
    const step = Math.round(now - offset);
    if (Math.abs(step) < SMALLEST_STEP_MS) return;
    offset = now;
    book.shiftEnds(step);
    options.clockStepped(step);
    emit({ event: "clock-stepped", step: duration(step) });
  }

  async function lookAround(look: Look): Promise<void> {
    if (closed) return;
    round++;
    try {
      noticeStep();
      await look(round);
    } catch (error) {
      emit({
        event: "bug",
        part: "housekeeping",
        reason: stackOf(error),
      });
    }
    if (closed) return;
    rounds?.set(LOOK_INTERVAL_MS);
    schedule();
  }

  return {
    begin(look) {
      rounds = clock.alarm(() => {
        looking = lookAround(look);
        return looking;
      });
      rounds.set(LOOK_INTERVAL_MS);
      schedule();
    },
    bansChanged: schedule,
    expire,
    checkClock: noticeStep,
    close() {
      closed = true;
      expiry.clear();
      rounds?.clear();
      return looking;
    },
  };
}
