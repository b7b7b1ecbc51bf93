/** Defines facts about the log that a jail reads, and about the logs that its programs write. */
import type { Instant } from "../../domain/instant.ts";
import type { DroppedLines } from "../../domain/line-source.ts";

export interface PlaceFacts {
  readonly lookedAt: Instant;
  readonly jail: string;
  readonly kind: "file" | "journal";
  /** What is read, for display. */
  readonly where: string;
  /** Whether the reader waits for a missing file. */
  readonly missing: boolean;
  readonly programs: readonly string[];
  /** When this log last got a line of its programs, as far as known. */
  readonly lastLineAt: Instant | undefined;
  /** Lines that do not count because their sender is unproven. */
  readonly untrusted?: number;
  /** The same, including before a restart. */
  readonly lastLineEverAt: Instant | undefined;
  /** All lines since observation began. */
  readonly lines: number;
  /** When other places were last searched for newer lines, and which. */
  readonly searched: { readonly at: Instant; readonly where: string } | undefined;
  readonly elsewhere: Elsewhere | undefined;
  readonly files: readonly FileFacts[];
  /** The running programs of the jail; undefined: not searched, or hidden. */
  readonly running: readonly RunningFact[] | undefined;
  /** Whether what they send to /dev/log is received and stored; undefined: unknown. */
  readonly syslogReceived: boolean | undefined;
  /** Whether a readable journal exists, which can prove that a program was silent. */
  readonly journalReadable: boolean;
  /** Whether journald stores what it receives; undefined: unknown. */
  readonly journalStores: boolean | undefined;
  /** When the journal last got an entry. */
  readonly journalChangedAt: Instant | undefined;
  readonly dropped: readonly DroppedLines[];
}

/** Lines of the jail's programs that arrived in another place and not here. */
export interface Elsewhere {
  readonly where: string;
  readonly program: string;
  readonly first: Instant;
  readonly last: Instant;
  readonly lines: number;
  /** Whether a rule of the filter recognizes one of these lines. */
  readonly recognized: boolean;
  /** The configured journal matches find no entry at all. */
  readonly matchesNothing: boolean;
  /** The setting to write into the configuration. */
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
  /** Since when the path leads to another file than the open one. */
  readonly differsSince: Instant | undefined;
  readonly writers: WriterFacts | undefined;
  /** The newest rotated file of the path. */
  readonly rotated: { readonly path: string; readonly changedAt: Instant } | undefined;
  /** Processes that see another file at the path. */
  readonly otherViews: readonly OtherView[];
}

export interface WriterFacts {
  readonly at: Instant;
  /** Whether all processes were visible. */
  readonly complete: boolean;
  readonly present: readonly WriterFact[];
  /** Writers of files that were at the path before. */
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
