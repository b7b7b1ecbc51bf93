/**
 * Takes lines that no rule knows off the main path: counts them all and keeps a fair sample of each moment to be looked
 * at later. Queue "drift": MOST_WAITING messages; past that each new one takes the place of a random one, so that a flood
 * cannot choose what is seen, and what was not looked at is counted in `skipped`.
 */
import { detachString } from "../../domain/detach-string.ts";
import { MAX_MESSAGE } from "../drift/message-bound.ts";
import type { LineTally } from "../../pipeline/line-tally.ts";

export interface MissedLines extends LineTally {
  /** Lines no rule knew, since the start. */
  readonly unknown: number;
  /** Of these, how many were not looked at. */
  readonly skipped: number;
  /** What waits; empties it. */
  take(): readonly string[];
}

const MOST_WAITING = 100;

/** `chance` in [0, 1); `waiting` is called when a first message waits. */
export function createMissedLines(chance: () => number, waiting: () => void): MissedLines {
  let messages: string[] = [];
  let seen = 0;
  let unknown = 0;
  let skipped = 0;

  function missed(text: string, from: number, end: number): void {
    unknown++;
    seen++;
    const place = seen <= MOST_WAITING ? seen - 1 : Math.floor(chance() * seen);
    if (seen > MOST_WAITING) skipped++;
    if (place >= MOST_WAITING) return;
    // One more than is looked at, so that a longer message is seen to be one.
    messages[place] = detachString(text.slice(from, Math.min(end, from + MAX_MESSAGE + 1)));
    if (seen === 1) waiting();
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
