/** What a router tells of the lines it reads. */
import type { Match } from "../../domain/match.ts";
import type { ClockDifference } from "../header/place-in-time.ts";

/** Where a line stands in its batch: `text.slice(start, end)` is the line without its "\n"; `number` counts from 0. */
export interface LinePlace {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /**
   * Where what the program said begins; in `said`, for lines that were not recognized. -1 for lines that were matched as a
   * whole by a recognizer, or unwrapped.
   */
  readonly message: number;
  /** What the program said, where it is no part of the batch: taken out of what a container runtime wrote. */
  readonly said: string | undefined;
}

/** Called for each line that concerns a filter; `entry` is its index in the list given to `createLineRouter`. */
export interface LineSink {
  matched(entry: number, match: Match, place: LinePlace): void;
  /** All at once: on a log that fifty filters watch, most lines are recognized by none of them. */
  unrecognized(entries: readonly number[], place: LinePlace): void;
}

export interface FailedLines {
  readonly lines: number;
  /** Of the first. */
  readonly reason: string;
}

/** What is known of a batch once all its lines were told of. */
export interface Routed {
  readonly lines: number;
  /** The largest constant difference that shifted a stamp, 0 when none did. */
  readonly skew: number;
  /** Lines that a recognizer gave up because they took too long. */
  readonly givenUp: number;
  /** Lines that made the program fail: skipped, because the lines after them are none the worse. undefined: none. */
  readonly failed: FailedLines | undefined;
  /** What is known of the clocks of all hosts, when something was learned. */
  readonly learned: readonly ClockDifference[] | undefined;
}
