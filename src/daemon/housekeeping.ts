/**
 * Ends bans at their time, and runs periodic tasks. One wake-up at the soonest end serves all bans (invariant 3). Every
 * half minute a round polls what changes without notice: the wall clock, the host's addresses and time zone, names in
 * ignoreip, missing sources, and in some rounds the whole firewall.
 */
import { stackOf } from "../domain/thrown-error.ts";
import type { BanBook, PastBan } from "../domain/ban-book.ts";
import type { Alarm, AlarmClock } from "../domain/clock.ts";
import { duration } from "../domain/duration.ts";
import type { Instant } from "../domain/instant.ts";
import type { Emit } from "../telemetry/events.ts";
import type { BanKey } from "../firewall/ban-key.ts";

export interface HousekeepingOptions {
  readonly book: BanBook;
  readonly clock: AlarmClock;
  readonly emit: Emit;
  readonly enforce: (keys: readonly BanKey[]) => Promise<void>;
  /** Called with bans that ended by themselves. */
  readonly onEnded: (bans: readonly PastBan[], now: Instant) => void;
  /** Called after a step of the wall clock; `step` in milliseconds. */
  readonly onClockStepped: (step: number) => void;
}

/** Runs in every round; `round` counts from 1. */
export type OnRound = (round: number) => Promise<void>;

export const ROUND_INTERVAL_MS = 30_000;
/** Minimum difference between the clocks that counts as a step; NTP corrects smaller drift gradually. */
const MIN_STEP_MS = 2000;
const MAX_EXPIRED_AT_ONCE = 1000;
/** Maximum sleep: setTimeout allows 2^31 - 1 ms, so a later end takes several sleeps. */
const MAX_SLEEP_MS = 86_400_000;

export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #expiry: Alarm;
  #rounds: Alarm | undefined;
  #round = 0;
  #running: Promise<void> = Promise.resolve();
  /** Wall clock minus monotonic clock, in milliseconds. */
  #offset: number;
  #isClosed = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    this.#expiry = options.clock.alarm(() => this.expire());
    this.#offset = this.#clockOffset();
  }

  /** Begins to end bans at their time, and to call `onRound` every half minute. */
  begin(onRound: OnRound): void {
    this.#rounds = this.#options.clock.alarm(() => {
      this.#running = this.#runRound(onRound);
      return this.#running;
    });
    this.#rounds.set(ROUND_INTERVAL_MS);
    this.#scheduleExpiry();
  }

  /** Must be called after a ban began, changed or ended. */
  onBansChanged(): void {
    this.#scheduleExpiry();
  }

  /** Ends the bans that have expired; the alarm at the soonest end calls it. */
  async expire(): Promise<void> {
    if (this.#isClosed) return;
    this.checkClock();
    const { book, clock, emit, enforce, onEnded } = this.#options;
    const now = clock.now();
    const expired = book.expire(now, MAX_EXPIRED_AT_ONCE);
    onEnded(expired, now);
    for (const { jail, subject } of expired)
      emit({ event: "unban", jail, ip: subject, reason: "its time is over", who: "daemon" });
    await enforce(expired);
    this.#scheduleExpiry();
  }

  /**
   * Detects a step of the wall clock. Must be called before a stored time is compared with now. A step moves the stored
   * ends of bans, so that bans last as long as the kernel's timeouts, which it does not change.
   */
  checkClock(): void {
    const { book, emit, onClockStepped } = this.#options;
    const offset = this.#clockOffset();
    const step = Math.round(offset - this.#offset);
    if (Math.abs(step) < MIN_STEP_MS) return;
    this.#offset = offset;
    book.shiftEnds(step);
    onClockStepped(step);
    emit({ event: "clock-stepped", step: duration(step) });
  }

  /** Stops housekeeping; resolves when no round is running. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#expiry.clear();
    this.#rounds?.clear();
    return this.#running;
  }

  #clockOffset(): number {
    const { clock } = this.#options;
    return clock.now() - clock.monotonic();
  }

  #scheduleExpiry(): void {
    if (this.#isClosed || this.#rounds === undefined) return;
    const { book, clock } = this.#options;
    const next = book.nextExpiry();
    if (next === undefined) this.#expiry.clear();
    else this.#expiry.set(Math.min(Math.max(0, next - clock.now()), MAX_SLEEP_MS));
  }

  async #runRound(onRound: OnRound): Promise<void> {
    if (this.#isClosed) return;
    this.#round++;
    try {
      this.checkClock();
      await onRound(this.#round);
    } catch (error) {
      this.#options.emit({ event: "bug", part: "housekeeping", reason: stackOf(error) });
    }
    if (this.#isClosed) return;
    this.#rounds?.set(ROUND_INTERVAL_MS);
    this.#scheduleExpiry();
  }
}
