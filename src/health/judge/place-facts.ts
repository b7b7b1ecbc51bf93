/** Defines facts about the log that a jail reads and about the logs that its programs write. */
import type { Instant } from "../../domain/instant.ts";
import type { DroppedLines } from "../../domain/line-source.ts";

export interface PlaceFacts {
  readonly lookedAt: Instant;
  readonly jail: string;
  readonly kind: "file" | "journal";
  /** The log, for display. */
  readonly where: string;
  /** Whether the reader waits for a missing file. */
  readonly missing: boolean;
  readonly programs: readonly string[];
  /** Time of the newest line of the jail's programs in this log, as far as known. */
  readonly lastLineAt: Instant | undefined;
  /** Number of lines that do not count because their sender is unproven. */
  readonly untrusted?: number;
  /** Like `lastLineAt`, including lines before a restart. */
  readonly lastLineEverAt: Instant | undefined;
  /** Number of all lines since observation began. */
  readonly lines: number;
  /** The last search for newer lines in other locations, and which were searched. */
  readonly searched: { readonly at: Instant; readonly where: string } | undefined;
  readonly elsewhere: Elsewhere | undefined;
  readonly files: readonly FileFacts[];
  /** The running programs of the jail; undefined: not searched, or hidden. */
  readonly running: readonly RunningFact[] | undefined;
  /** Whether lines that the programs send to /dev/log are received and stored; undefined: unknown. */
  readonly syslogReceived: boolean | undefined;
  /** Whether a readable journal exists, which can prove that a program was silent. */
  readonly journalReadable: boolean;
  /** Whether journald stores what it receives; undefined: unknown. */
  readonly journalStores: boolean | undefined;
  /** Time of the journal's newest entry. */
  readonly journalChangedAt: Instant | undefined;
  readonly dropped: readonly DroppedLines[];
  /** Failures that the journal has and the log file lacks. */
  readonly lost?: LostFailures | undefined;
}

export interface LostFailures {
  readonly count: number;
  /** The newest one. */
  readonly at: Instant;
  readonly line: string;
  /** The setting for the configuration that reads the journal. */
  readonly setting: string;
}

/** Lines of the jail's programs that arrived in another location and not in this log. */
export interface Elsewhere {
  readonly where: string;
  readonly program: string;
  readonly first: Instant;
  readonly last: Instant;
  readonly lines: number;
  /** Whether a rule of the filter recognizes one of these lines. */
  readonly recognized: boolean;
  /** Whether a recognized line is about a client; other lines may be messages of a program's start. */
  readonly fromClients: boolean;
  /** Whether the configured journal matches select no entry at all. */
  readonly matchesNothing: boolean;
  /** The setting for the configuration that reads this location. */
  readonly setting: string;
}

export interface RunningFact {
  readonly pid: number;
  readonly program: string;
}

export interface Identity {
  readonly device: string;
  readonly inode: string;
}

export interface FileFacts {
  readonly path: string;
  /** The file that the reader has open. */
  readonly held: Identity | undefined;
  /** The file at the path now. */
  readonly there:
    | (Identity & { readonly changedAt: Instant; readonly bornAt: Instant })
    | undefined;
  /** Since when the path names another file than the open one. */
  readonly differsSince: Instant | undefined;
  readonly writers: WriterFacts | undefined;
  /** The newest rotated file of the path. */
  readonly rotated: { readonly path: string; readonly changedAt: Instant } | undefined;
  /** Processes that see another file at the path. */
  readonly otherViews: readonly OtherView[];
  /** Whether its file system has no space left, not even for root. */
  readonly isFull: boolean;
}

export interface WriterFacts {
  readonly at: Instant;
  /** Whether all processes were visible. */
  readonly complete: boolean;
  readonly present: readonly WriterFact[];
  /** Processes that write to files which were at the path before. */
  readonly old: readonly WriterFact[];
}

export interface WriterFact {
  readonly pid: number;
  readonly program: string;
  readonly target: string;
  readonly deleted: boolean;
}

export interface OtherView {
  readonly pid: number;
  readonly program: string;
  readonly changedAt: Instant;
}

/** Maximum delay between the arrival of a line in a file and in the journal. */
export const APART_MS = 5000;
/** A file that has not changed for this long is quiet. */
export const QUIET_MS = 10_000;

export function quietFiles({ files }: PlaceFacts, now: Instant): readonly FileFacts[] {
  return files.filter(({ there }) => there === undefined || there.changedAt < now - QUIET_MS);
}
