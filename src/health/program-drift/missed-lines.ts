/**
 * Takes unrecognized lines off the main path: counts all and keeps a fair sample for the miner. Queue "drift": MAX_WAITING
 * messages; beyond that each new one replaces a random one, so that a flood cannot choose what is sampled, and `skipped`
 * counts the rest.
 */
import { detachString } from "../../domain/detach-string.ts";
import { MAX_MESSAGE } from "../drift/message-bound.ts";
import type { LineTally } from "../../pipeline/line-tally.ts";

export interface MissedLines extends LineTally {
  /** Unrecognized lines since the start. */
  readonly unknown: number;
  /** How many of these lines were not mined. */
  readonly skipped: number;
  /** Takes the waiting messages; the queue is empty then. */
  take(): readonly string[];
}

const MAX_WAITING = 100;

/** `chance` in [0, 1); `onWaiting` is called when a first message waits. */
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
    // One character more than is mined, so that a longer message is recognizable.
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
