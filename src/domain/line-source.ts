import type { Instant } from "./instant.ts";
import type { LineBatch } from "./line-batch.ts";

/**
 * Port: where log lines come from.
 *
 * The implementer yields lines in order, each once, survives what its medium does (rotation, restarts, absence)
 * and reports it in `status`; it never throws for a medium's trouble. The caller reads one batch at a time
 * (that is the backpressure) and closes the source by aborting `signal`, after which `batches` ends.
 */
export interface LineSource {
  /** Stable identity: equal for equal definitions, so that jails share one reader. */
  readonly id: string;
  batches(signal: AbortSignal): AsyncIterable<LineBatch>;
  status(): SourceStatus;
}

export interface SourceStatus {
  readonly kind: "file" | "journal" | "command" | "stdin";
  /** What is read, for people: paths, journal matches, the command. */
  readonly where: string;
  readonly state: "opening" | "reading" | "waiting" | "failed" | "ended";
  /** Why it waits or failed, and what would help. */
  readonly reason: string | undefined;
  readonly lines: number;
  readonly cutLines: number;
  /** Lines that rules gave up because they took too long; who follows the source counts them. */
  readonly givenUpLines?: number;
  readonly lastLineAt: Instant | undefined;
  /** Of a journal: the last entry whose lines were dealt with, or where reading begins. */
  readonly delivered?:
    | { readonly cursor: string | undefined; readonly receivedAt: Instant }
    | undefined;
  /** Of log files: what is open of each path. */
  readonly held?: readonly HeldFile[];
  /** Paths that may not be opened. */
  readonly denied?: readonly string[];
  /** Lines that came and say that others were given up: a rate limit on the way. The newest of each writer. */
  readonly dropped?: readonly DroppedLines[];
}

/** 64-bit inodes do not fit a number, hence text. */
export interface HeldFile {
  readonly path: string;
  readonly device: string;
  readonly inode: string;
  readonly size: number;
  /** Bytes of it that were read. */
  readonly offset: number;
}

/** `by` is who gave them up ("systemd-journald"), `of` whose they were (a unit, a process), as far as it is said. */
export interface DroppedLines {
  readonly by: string;
  readonly of: string;
  readonly text: string;
  /** Of all such lines since the start, as far as they say so. */
  readonly count: number;
  readonly at: Instant;
}
