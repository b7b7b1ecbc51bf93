/** Defines a router, and what it reports about the lines it reads. */
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Match } from "../../domain/match.ts";
import type { ClockDifference } from "../header/place-in-time.ts";
import type { UnknownColumns } from "./unknown-columns.ts";

/**
 * The position of a line in its batch. `text.slice(start, end)` is the line without its "\n"; `number` counts from 0.
 */
export interface LinePlace {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /**
   * Position of the program's message, for lines that were not recognized; with `unwrapped`, in that text. -1 for lines that
   * a recognizer matched as a whole, or that were unwrapped.
   */
  readonly message: number;
  /** The program's message if it is not part of the batch: unwrapped from a container runtime's format. */
  readonly unwrapped: string | undefined;
  /** Whether filters of the log state the form of its times, and the line begins with no such time. */
  readonly lacksStamp: boolean;
}

/**
 * Receives the result of each line that concerns a filter. `entry` is its index in the list given to
 * `createLineRouter`.
 */
export interface LineSink {
  matched(entry: number, match: Match, place: LinePlace): void;
  /**
   * Called once for all filters, because most lines of a log that fifty filters watch are recognized by none of them.
   */
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
  /** The largest constant difference that shifted a timestamp, in milliseconds; 0 if none did. */
  readonly skew: number;
  /** Number of lines on which a recognizer gave up because they took too long. */
  readonly overLimit: number;
  /** Lines that were skipped because they caused an error. undefined: none. */
  readonly failed: FailedLines | undefined;
  /** Clock differences of all hosts, if one was learned. */
  readonly learned: readonly ClockDifference[] | undefined;
  /** Why no row of a log that names its columns can be read; undefined: it can, or that was returned before. */
  readonly unknownColumns: UnknownColumns | undefined;
}

export interface LineRouter {
  /**
   * Prepares a batch from the middle of a file, by reading what the text before it says about its lines. Each step
   * takes a few milliseconds; `route` takes all that are left.
   */
  prepare(batch: LineBatch): Generator<void, void>;
  route(batch: LineBatch, now: Instant, sink: LineSink): Routed;
}
