import type { Instant } from "./instant.ts";
import type { LineBatch, LineFields } from "./line-batch.ts";
import type { Match } from "./match.ts";

/** A line, and facts about it that its text does not contain. */
export interface OfferedLine {
  /** Includes the trailing newline. */
  readonly text: string;
  /** Whether the text is known to be ASCII. */
  readonly ascii: boolean;
  /** Fields of a trusted source; undefined: the text has a header. */
  readonly fields: LineFields | undefined;
  readonly arrival: LineBatch["arrival"];
  readonly now: Instant;
  /** The rest of the line is missing. */
  readonly isCut: boolean;
}

/**
 * Port: recognizes lines by other means than rules for single lines. Each belongs to one source, gets every line of it
 * in order, and may remember some of them. Bounded in time and memory whatever a line contains.
 */
export interface LineRecognizer {
  recognize(line: OfferedLine): readonly Match[];
  /** Number of lines skipped since the start because they took too long. */
  readonly overLimit: number;
}
