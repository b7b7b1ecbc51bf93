/**
 * Queues unrecognized lines for mining off the main path: counts all, and keeps a random sample. Queue "drift":
 * MAX_WAITING messages. Beyond that each new message replaces a random one, so that a flood cannot choose the sample;
 * `skipped` counts the rest.
 */
import { detachString } from "../../domain/detach-string.ts";
import { MAX_MESSAGE } from "../drift/message-bound.ts";
import type { LineTally } from "../../pipeline/line-tally.ts";

export interface MissedLines extends LineTally {
  /** Unrecognized lines since the start. */
  readonly unknown: number;
  /** Number of these lines that were not mined. */
  readonly skipped: number;
  /** Returns the queued messages and empties the queue. */
  take(): readonly string[];
}

const MAX_WAITING = 100;

/** Creates the queue. `chance` returns a number in [0, 1); `onWaiting` is called when the first message is queued. */
export function createMissedLines(chance: () => number, onWaiting: () => void): MissedLines {
  let messages: string[] = [];
  let seen = 0;
  let unknown = 0;
  let skipped = 0;

  function missed(text: string, from: number, end: number): void {
    unknown++;
    seen++;
    const place = seen <= MAX_WAITING ? seen - 1 : Math.floor(chance() * seen);
    if (seen > MAX_WAITING) skipped++;
    if (place >= MAX_WAITING) return;
    // Keeps one character more than is mined, so that the miner sees that the message is longer.
    messages[place] = detachString(text.slice(from, Math.min(end, from + MAX_MESSAGE + 1)));
    if (seen === 1) onWaiting();
  }

  return {
    recognized: 0,
    failures: 0,
    missed,
    get unknown() {
      return unknown;
    },
    get skipped() {
      return skipped;
    },
    take() {
      const taken = messages;
      messages = [];
      seen = 0;
      return taken;
    },
  };
}
