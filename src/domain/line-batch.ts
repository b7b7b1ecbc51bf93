import type { Instant } from "./instant.ts";

/** Durable position in one file, journal or other stream: reading resumes after it. `value` is the source's own format. */
export interface Cursor {
  readonly key: string;
  readonly value: string;
}

/** What a trusted source (the journal) says about one line, so that no header has to be read from the text. */
export interface LineFields {
  readonly at: Instant;
  readonly host: string;
  readonly program: string;
  readonly pid: number;
  /** Journal fields by name, for jails that match on them. */
  readonly journal: ReadonlyMap<string, string>;
}

/**
 * Stands before the "\n" of a line of which the rest is missing: it was longer than the bound, or never got its end. No
 * other NUL is in a batch, whatever was written, so nobody can make a whole line look cut, or a cut one whole.
 */
export const CUT_MARK = "\0";

/**
 * That lines may have been read before: they were in a file when it was found to be another text than the one that was
 * read, and the last line that was read of it is not there.
 */
export interface Rewritten {
  /** The first such lines of it. */
  readonly begins: boolean;
  readonly ends: boolean;
  /** What lines without a time are taken for: "unknown" where nothing tells them from those that were read. */
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
 * Complete lines in order, in one flat string: every line ends in "\n" and holds no other "\n".
 * Bounded by the source (about 256 KiB); positions in `text` identify lines without allocating one object each.
 */
export interface LineBatch {
  readonly text: string;
  /** One per line, or undefined when each line carries its own header in the text. */
  readonly fields: readonly LineFields[] | undefined;
  /** `live`: written just now, the source was at its end; `backlog`: catching up. */
  readonly arrival: "live" | "backlog";
  /** To be saved once every decision of these lines is recorded. */
  readonly cursor: Cursor | undefined;
  /** Of a rewritten log; absent for lines that are certainly new. */
  readonly rewritten?: Rewritten | undefined;
  /** What stands before it in its file; undefined: not known. To be called while the batch is dealt with. */
  readonly before?: (() => LinesBefore | undefined) | undefined;
}
