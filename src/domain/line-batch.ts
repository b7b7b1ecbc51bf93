import type { Instant } from "./instant.ts";
import type { JoinedRecord } from "./record-start.ts";

/** Durable position in one file, journal or other stream: reading resumes after it. `value` is the source's own format. */
export interface Cursor {
  readonly key: string;
  readonly value: string;
}

/** Facts about one line from a trusted source (the journal), so that no header is parsed from the text. */
export interface LineFields {
  readonly at: Instant;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  /** Journal fields by name, for jails that match on them. */
  readonly journal: ReadonlyMap<string, string>;
  /** Whether the entry is a line of what a program wrote, so that a line break in a client's text began another entry. */
  readonly isOutput?: boolean;
}

/**
 * Precedes the "\n" of a line whose rest is missing: it exceeded the maximum length, or was never completed. A batch
 * contains no other NUL, so no client can make a complete line look cut, or a cut one complete.
 */
export const CUT_MARK = "\0";

/** Maximum length of a line, in bytes. syslog's own limit is 8 KiB or less (RFC 5424, 6.1 recommends 2 KiB). */
export const MAX_LINE_BYTES = 16_384;

/**
 * Maximum length of a line that begins with a brace, in bytes. JSON cannot be read in part, and escapes a byte by up to
 * six: servers accept 32 KiB of request and headers, and Docker splits a program's line at 16 KiB. A cut line of
 * Docker's json-file names no stream, so a cut costs other lines too.
 */
export const MAX_JSON_LINE_BYTES = 262_144;

/** Returns the maximum length in bytes of a line that begins so. */
export function maxLineBytes(opening: string): number {
  return opening.startsWith("{") ? MAX_JSON_LINE_BYTES : MAX_LINE_BYTES;
}

/** Maximum length of the text before a batch that is searched, in bytes. */
export const MAX_EARLIER_BYTES = 1_073_741_824;

/**
 * Describes lines that may have been read before. The file was replaced by another text, which does not contain the
 * last line read.
 */
export interface Rewritten {
  /** Whether these are the first rewritten lines. */
  readonly begins: boolean;
  readonly ends: boolean;
  /** How lines without a time count: "unknown" if it is not known whether they were read before. */
  readonly unstamped: "new" | "unknown";
  /** When the last line of the file was read, if a reader stopped then; lines with later times are new. */
  readonly lastReadAt: Instant | undefined;
}

/** The text before a batch in its file. */
export interface LinesBefore {
  /** Complete lines with their newlines. */
  readonly text: string;
  /** Whether `text` starts at the beginning of the log; false: it is only the end of the earlier text, or unknown. */
  readonly isAll: boolean;
}

/** A part of the text before a batch; empty while a line is skipped that is too long. */
export type EarlierPart = Pick<LineBatch, "text" | "records">;

/**
 * Complete lines in order, in one flat string: every line ends in "\n" and contains no other "\n". Bounded by the
 * source (about 256 KiB); offsets in `text` identify lines without allocating one object each. Without a line, only the
 * position is to be saved.
 */
export interface LineBatch {
  readonly text: string;
  /** One per line, or undefined when each line has a header in its text. */
  readonly fields: readonly LineFields[] | undefined;
  /** One per line whose filters read records of several lines, which the source joined; undefined: lines as written. */
  readonly records?: readonly JoinedRecord[] | undefined;
  /** `live`: just written, the source was at its end; `backlog`: catching up. */
  readonly arrival: "live" | "backlog";
  /** The position to save once every decision about these lines is recorded. */
  readonly cursor: Cursor | undefined;
  /** Set for a rewritten log; missing for lines that are certainly new. */
  readonly rewritten?: Rewritten | undefined;
  /**
   * Identifies the text that the lines are part of: another object for each file, and after a file was emptied or
   * rewritten; undefined: a stream, or text that is not from a file.
   */
  readonly content?: object | undefined;
  /** Reads the text before the batch in its file; undefined: unknown. Call it while the batch is being processed. */
  readonly before?: (() => LinesBefore | undefined) | undefined;
  /**
   * Reads the lines before the batch in its file in parts of bounded size, so that other work can run in between: from the
   * first line on; of a file with more than MAX_EARLIER_BYTES before the batch the first line, and the last part.
   * Missing: unknown. Use it like `before`.
   */
  readonly earlierParts?: (() => Iterable<EarlierPart>) | undefined;
}
