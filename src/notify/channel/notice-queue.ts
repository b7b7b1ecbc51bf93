/**
 * Queue of notices that wait to be sent. Holds at most MAX_NOTICES, of which the oldest of the lowest level is dropped
 * first, and drops notices older than two days, since a digest and quiet hours may last a day.
 */
import type { Notice } from "../../domain/notifier.ts";

const MAX_NOTICES = 200;
const MAX_AGE_MS = 172_800_000;
/** Lowest first. */
const LEVELS = ["info", "warn", "error"] as const;

export interface WaitingNotice {
  readonly notice: Notice;
  /** When it was added, by the clock of the caller. */
  readonly at: number;
}

export interface NoticeQueue {
  readonly length: number;
  /** Notices that wait, oldest first. */
  readonly list: readonly WaitingNotice[];
  /** Number of notices dropped since the last call of `sent`. */
  readonly dropped: number;
  /** Returns how many notices were dropped for it. */
  add(notice: Notice, now: number): number;
  /** Drops old notices. `now` uses the clock of `add`. */
  expire(now: number): void;
  /** Removes notices that were delivered. */
  sent(notices: readonly Notice[]): void;
  /** Removes notices that the service refuses permanently, and counts them as dropped. */
  drop(notices: readonly Notice[]): void;
}

export function createNoticeQueue(): NoticeQueue {
  let waiting: readonly WaitingNotice[] = [];
  let dropped = 0;

  function remove(isRemoved: (one: WaitingNotice) => boolean): number {
    const left = waiting.filter((one) => !isRemoved(one));
    const removed = waiting.length - left.length;
    waiting = left;
    return removed;
  }

  return {
    get length() {
      return waiting.length;
    },
    get list() {
      return waiting;
    },
    get dropped() {
      return dropped;
    },
    add(notice, now) {
      waiting = [...waiting, { notice, at: now }];
      if (waiting.length <= MAX_NOTICES) return 0;
      const lowest = LEVELS.find((level) => waiting.some((one) => one.notice.level === level));
      const victim = waiting.find((one) => one.notice.level === lowest);
      const removed = remove((one) => one === victim);
      dropped += removed;
      return removed;
    },
    expire(now) {
      dropped += remove(({ at }) => now - at > MAX_AGE_MS);
    },
    sent(notices) {
      const gone = new Set(notices);
      remove(({ notice }) => gone.has(notice));
      dropped = 0;
    },
    drop(notices) {
      const gone = new Set(notices);
      dropped += remove(({ notice }) => gone.has(notice));
    },
  };
}
