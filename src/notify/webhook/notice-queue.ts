/** The queue of notices that wait for their post: BOUND at most, the oldest goes first; none is older than a day. */
import type { Notice } from "../../domain/notifier.ts";

const BOUND = 200;
const LONGEST_MS = 86_400_000;

export interface NoticeQueue {
  readonly length: number;
  /** Left out since `sent` was called last. */
  readonly dropped: number;
  /** Returns how many had to go. */
  add(notice: Notice, now: number): number;
  /** The oldest, at most `most`; they stay until `sent`. `now` on the clock of `add`. */
  next(most: number, now: number): readonly Notice[];
  sent(notices: readonly Notice[]): void;
  /** The address refuses them for good. */
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
    get dropped() {
      return dropped;
    },
    add(notice, now) {
      const over = Math.max(0, waiting.length + 1 - BOUND);
      waiting = [...waiting.slice(over), { notice, at: now }];
      dropped += over;
      return over;
    },
    next(most, now) {
      const fresh = waiting.filter(({ at }) => now - at <= LONGEST_MS);
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
