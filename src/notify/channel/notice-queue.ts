/**
 * Queue of notices that wait to be sent. Holds at most MAX_NOTICES, dropping the oldest first, and drops notices
 * older than a day.
 */
import type { Notice } from "../../domain/notifier.ts";

const MAX_NOTICES = 200;
const MAX_AGE_MS = 86_400_000;

export interface NoticeQueue {
  readonly length: number;
  /** Notices that wait, oldest first. */
  readonly list: readonly Notice[];
  /** Number of notices dropped since the last call of `sent`. */
  readonly dropped: number;
  /** Returns how many older notices were dropped. */
  add(notice: Notice, now: number): number;
  /** Returns up to `most` of the oldest notices; they stay in the queue until `sent`. `now` uses the clock of `add`. */
  next(most: number, now: number): readonly Notice[];
  sent(notices: readonly Notice[]): void;
  /** Removes notices that the service refuses permanently, and counts them as dropped. */
  drop(notices: readonly Notice[]): void;
}

export function createNoticeQueue(): NoticeQueue {
  let waiting: readonly { readonly notice: Notice; readonly at: number }[] = [];
  let dropped = 0;

  function without(notices: readonly Notice[]): typeof waiting {
    const gone = new Set(notices);
    return waiting.filter(({ notice }) => !gone.has(notice));
  }

  return {
    get length() {
      return waiting.length;
    },
    get list() {
      return waiting.map(({ notice }) => notice);
    },
    get dropped() {
      return dropped;
    },
    add(notice, now) {
      const over = Math.max(0, waiting.length + 1 - MAX_NOTICES);
      waiting = [...waiting.slice(over), { notice, at: now }];
      dropped += over;
      return over;
    },
    next(most, now) {
      const fresh = waiting.filter(({ at }) => now - at <= MAX_AGE_MS);
      dropped += waiting.length - fresh.length;
      waiting = fresh;
      return fresh.slice(0, most).map(({ notice }) => notice);
    },
    sent(notices) {
      waiting = without(notices);
      dropped = 0;
    },
    drop(notices) {
      const left = without(notices);
      dropped += waiting.length - left.length;
      waiting = left;
    },
  };
}
