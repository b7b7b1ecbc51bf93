/** Defines what a router reports about the lines it reads. */
import type { Match } from "../../domain/match.ts";
import type { ClockDifference } from "../header/place-in-time.ts";

/**
 * The position of a line in its batch: `text.slice(start, end)` is the line without its "\n"; `number` counts from 0.
 */
export interface LinePlace {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /**
   * Where the program's message begins; in `said`, for lines that were not recognized. -1 for lines that a recognizer
   * matched as a whole, or that were unwrapped.
   */
  readonly message: number;
  /** The program's message if it is not part of the batch: unwrapped from a container runtime's format. */
  readonly said: string | undefined;
}

/** Called for each line that concerns a filter; `entry` is its index in the list given to `createLineRouter`. */
export interface LineSink {
  matched(entry: number, match: Match, place: LinePlace): void;
  /** One call for all filters: in a log that fifty filters watch, most lines are recognized by none of them. */
  unrecognized(entries: readonly number[], place: LinePlace): void;
}

export interface FailedLines {
  readonly lines: number;
  /** Reason of the first report. */
  readonly reason: string;
}

/** Results for a batch after all its lines were reported. */
export interface Routed {
  readonly lines: number;
  /** The largest constant difference that shifted a timestamp, 0 if none did. */
  readonly skew: number;
  /** Lines that a recognizer gave up on because they took too long. */
  readonly givenUp: number;
  /** Lines that caused an error: skipped, because later lines are unaffected. undefined: none. */
  readonly failed: FailedLines | undefined;
  /** What is known about the clocks of all hosts, if something was learned. */
  readonly learned: readonly ClockDifference[] | undefined;
}
