import type { Instant } from "./instant.ts";

/** Durable position in one file, journal or other stream: reading resumes after it. `value` is the source's own format. */
export interface Cursor {
  readonly key: string;
  readonly value: string;
}

/** What a trusted source (the journal) says about one line, so that no header is parsed from the text. */
export interface LineFields {
  readonly at: Instant;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  /** Journal fields by name, for jails that match on them. */
  readonly journal: ReadonlyMap<string, string>;
}

/**
 * Precedes the "\n" of a line whose rest is missing: it exceeded the maximum length, or was never completed. A batch
 * contains no other NUL, so nobody can make a complete line look cut, or a cut one complete.
 */
export const CUT_MARK = "\0";

/**
 * Lines that may have been read before: the file was replaced by another text, which does not contain the last line
 * read.
 */
export interface Rewritten {
  /** Whether these are the first rewritten lines. */
  readonly begins: boolean;
  readonly ends: boolean;
  /** How lines without a time count: "unknown" if they cannot be distinguished from those that were read. */
  readonly unstamped: "new" | "unknown";
}

/** Lines that stand before others in a file. */
export interface LinesBefore {
  /** Complete lines. */
  readonly text: string;
  /** Nothing was written before them; otherwise they are the end of what was, or it is not known. */
  readonly isAll: boolean;
}

/**
 * Complete lines in order, in one flat string: every line ends in "\n" and contains no other "\n". Bounded by the
 * source (about 256 KiB); offsets in `text` identify lines without allocating one object each.
 */
export interface LineBatch {
  readonly text: string;
  /** One per line, or undefined when each line has a header in its text. */
  readonly fields: readonly LineFields[] | undefined;
  /** `live`: just written, the source was at its end; `backlog`: catching up. */
  readonly arrival: "live" | "backlog";
  /** To be saved once every decision of these lines is recorded. */
  readonly cursor: Cursor | undefined;
  /** For a rewritten log; missing for lines that are certainly new. */
  readonly rewritten?: Rewritten | undefined;
  /** The text before it in its file; undefined: unknown. Call it while the batch is being processed. */
  readonly before?: (() => LinesBefore | undefined) | undefined;
}
