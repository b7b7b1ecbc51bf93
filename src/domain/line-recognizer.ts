import type { Instant } from "./instant.ts";
import type { LineBatch, LineFields } from "./line-batch.ts";
import type { Match } from "./match.ts";

/** A line and what is known of it beside its text. */
export interface OfferedLine {
  /** With its line end. */
  readonly text: string;
  /** The text is known to hold ASCII only. */
  readonly ascii: boolean;
  /** Of sources with trusted fields. */
  readonly fields: LineFields | undefined;
  readonly arrival: LineBatch["arrival"];
  readonly now: Instant;
  /** The rest of the line is missing. */
  readonly isCut: boolean;
}

/**
 * Port: another way of recognizing lines than rules that read one line at a time. One belongs to one source, is offered
 * every line of it in order, and may remember some of them. Bounded in time and memory whatever a line holds.
 */
export interface LineRecognizer {
  recognize(line: OfferedLine): readonly Match[];
  /** Lines it gave up because they took too long, since the start. */
  readonly givenUp: number;
}
