import type { Instant } from "./instant.ts";
import type { LineBatch } from "./line-batch.ts";

/**
 * Port: reads log lines.
 *
 * The implementer yields lines in order, each once, survives what happens to its medium (rotation, restarts, absence)
 * and reports it in `status`; it never throws for such trouble. The caller reads one batch at a time (which provides
 * backpressure) and closes the source by aborting `signal`, which ends `batches`.
 */
export interface LineSource {
  /** Stable identity: equal for equal definitions, so that jails share one reader. */
  readonly id: string;
  batches(signal: AbortSignal): AsyncIterable<LineBatch>;
  status(): SourceStatus;
}

export interface SourceStatus {
  readonly kind: "file" | "journal" | "command" | "stdin";
  /** What is read, for display: paths, journal matches, the command. */
  readonly where: string;
  readonly state: "opening" | "reading" | "waiting" | "failed" | "ended";
  /** Why it waits or failed, and how to fix it. */
  readonly reason: string | undefined;
  readonly lines: number;
  readonly cutLines: number;
  /** Number of lines that rules skipped because they took too long, counted by the reader of the source. */
  readonly overLimitLines?: number;
  readonly lastLineAt: Instant | undefined;
  /** For a journal: the last entry whose lines were processed, or where reading begins. */
  readonly delivered?: JournalPosition | undefined;
  /** For a journal: where entries that nobody read may have been deleted, most recently. */
  readonly gap?: JournalGap | undefined;
  /** For log files: the open file of each path. */
  readonly openFiles?: readonly OpenLogFile[];
  /** Paths at which no file is yet, while others are read. */
  readonly missing?: readonly string[];
  /** Paths that the daemon has no permission to open. */
  readonly denied?: readonly string[];
  /** Reports of lost lines, such as by a rate limit; only the newest of each writer. */
  readonly dropped?: readonly DroppedLines[];
}

/** A place in a journal. */
export interface JournalPosition {
  /** undefined: nothing was read yet; reading begins at `receivedAt`. */
  readonly cursor: string | undefined;
  /** When journald received that entry. */
  readonly receivedAt: Instant;
}

/** Between two entries that were read one after the other, although the journal did not have the former any more. */
export interface JournalGap {
  readonly after: JournalPosition;
  readonly before: JournalPosition;
}

/** An open log file. `device` and `inode` are text, because 64-bit inodes do not fit a number. */
export interface OpenLogFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  /** Number of bytes read so far. */
  readonly offset: number;
  /** The row of CSV at `offset` that waits for the end of a value in quotes. */
  readonly openRow?: OpenRow | undefined;
}

/** A row of CSV whose last value in quotes is not complete: the lines from its beginning on, as far as they are known. */
export interface OpenRow {
  readonly lines: number;
  readonly bytes: number;
}

/** `by` is the program that dropped them ("systemd-journald"), `of` is their sender (a unit, a process), if known. */
export interface DroppedLines {
  readonly by: string;
  readonly of: string;
  readonly text: string;
  /** Total of lines lost since the start, as far as reported. */
  readonly count: number;
  readonly at: Instant;
}
