/**
 * Finds where a program's lines are logged. Searches the log files that could contain them and the journal, and
 * describes what it found, so that an administrator sees why a source was chosen. The newest line wins; if both have it
 * (syslog forwards the journal, or the reverse), the journal wins, because it proves the sender.
 */
import { isProgramGlob, matchesProgram } from "../domain/program-glob.ts";
import { codeOf } from "../domain/thrown-error.ts";
import { reasonOf } from "../host/explain-system-error.ts";
import type { Clock } from "../domain/clock.ts";
import { type Duration, duration, formatDuration } from "../domain/duration.ts";
import { type Instant, instant } from "../domain/instant.ts";
import { expandPatterns } from "./file/expand-patterns.ts";
import { type FileEnd, readFileEnd } from "./file/read-file-end.ts";
import { journalActivity } from "./journal/journal-activity.ts";
import { createEntryTest, provesSender } from "./journal/journal-sender.ts";
import { readJournalEnd } from "./journal/read-journal-end.ts";

const EMPTY = "an empty file";
/** The journal as a place that was searched. */
export const JOURNAL = "the journal";
const UNIT_FIELD = "_SYSTEMD_UNIT=";
/** Number of journal entries to search when the matches do not prove the sender. */
const UNPROVEN_ENTRIES = 100;
/**
 * A file is newer than the journal only beyond this margin: syslog and the journal write the same line at different
 * times.
 */
const TIE: Duration = duration(5000);

export interface FindLogSourceOptions {
  /** Names as in a syslog header: "sshd". Empty: any line counts (logs of one program contain no program name). */
  readonly programs: readonly string[];
  readonly files: readonly string[];
  /** Whether several programs write to the file; if not, any line of it counts but `isSystemLine`. Default: true. */
  readonly isShared?: (file: string) => boolean;
  /** Whether one of the system's own programs wrote the line, such as cron; default: none. */
  readonly isSystemLine?: (line: string) => boolean;
  readonly journal: readonly (readonly string[])[];
  /** A folder of journal files other than the system's. */
  readonly directory?: string;
  /** Reads the time of a line that is not the file's last; undefined: use the file's modification time. */
  readonly instantOf?: (line: string) => Instant | undefined;
  /** Considers only logs with a newer line than this: the end of the source read so far. */
  readonly newerThan?: Instant;
  /** The source read so far: it loses every tie, and with `newerThan` it is not chosen at all. */
  readonly left?: LeftPlace;
  readonly clock: Clock;
}

export type ChosenSource =
  | { readonly kind: "file"; readonly files: readonly string[] }
  | { readonly kind: "journal"; readonly matches: readonly (readonly string[])[] };

export type LeftPlace =
  | { readonly kind: "journal" }
  | { readonly kind: "file"; readonly files: readonly string[] };

export interface LogSourceAnswer {
  /** undefined: no line of these programs was found yet. */
  readonly chosen: ChosenSource | undefined;
  /** What was searched and what was found, for the administrator. */
  readonly looked: readonly { readonly where: string; readonly found: string }[];
  /** Time of the newest line of these programs in any file. */
  readonly newestInFiles: Instant | undefined;
}

interface Finding {
  readonly where: string;
  /** The configured path or glob of the file; undefined: the journal. */
  readonly pattern?: string;
  readonly found: string;
  /** The newest line that would be read; undefined: none. */
  readonly newest: Instant | undefined;
}

export async function findLogSource(options: FindLogSourceOptions): Promise<LogSourceAnswer> {
  const files = options.files.flatMap((pattern) => lookIntoFiles(pattern, options));
  const journal = options.journal.length === 0 ? undefined : await askJournal(options);
  const looked = [...files, ...(journal === undefined ? [] : [journal])];
  const newest = Math.max(...files.map((file) => file.newest ?? Number.NEGATIVE_INFINITY));
  const chosen = choose(files.filter(counts), counts(journal) ? journal : undefined, options);
  return {
    chosen: chosen ?? (options.newerThan === undefined ? chooseEmpty(files) : undefined),
    looked: looked.map(({ where, found }) => ({ where, found })),
    newestInFiles: Number.isFinite(newest) ? instant(newest) : undefined,
  };

  function counts(finding: Finding | undefined): boolean {
    const { newerThan, left } = options;
    if (newerThan === undefined) return true;
    if (finding === undefined || isLeft(finding, finding === journal, left)) return false;
    return (finding.newest ?? 0) > newerThan;
  }
}

function isLeft(
  { pattern = "" }: Finding,
  isJournal: boolean,
  left: LeftPlace | undefined,
): boolean {
  if (left === undefined || isJournal !== (left.kind === "journal")) return false;
  return left.kind === "journal" || left.files.includes(pattern);
}

/** Chooses an empty log if no log has lines: its first line will be read immediately. */
function chooseEmpty(files: readonly Finding[]): ChosenSource | undefined {
  const empty = files.filter(({ found }) => found === EMPTY);
  return empty.length === 0 ? undefined : { kind: "file", files: patternsOf(empty) };
}

function choose(
  files: readonly Finding[],
  journal: Finding | undefined,
  options: FindLogSourceOptions,
): ChosenSource | undefined {
  const holding = files.filter(({ newest }) => newest !== undefined);
  const newestFile = Math.max(...holding.map(({ newest }) => newest ?? 0));
  const tie = options.left?.kind === "journal" ? 0 : TIE;
  if (journal?.newest !== undefined && newestFile <= journal.newest + tie) {
    return { kind: "journal", matches: options.journal };
  }
  if (holding.length === 0) return undefined;
  // A service's own log may have been rotated just now, while another log has only what PAM writes.
  const emptyOwn = files.filter(
    ({ where, found }) => found === EMPTY && options.isShared?.(where) === false,
  );
  return { kind: "file", files: patternsOf([...emptyOwn, ...holding]) };
}

/** Returns globs as such, because they also match files that do not exist yet: the log of a new client or site. */
function patternsOf(files: readonly Finding[]): readonly string[] {
  return [...new Set(files.flatMap(({ pattern }) => pattern ?? []))];
}

function lookIntoFiles(pattern: string, options: FindLogSourceOptions): readonly Finding[] {
  const { files } = expandPatterns([pattern]);
  if (files.length === 0)
    return [{ where: pattern, pattern, found: "no such file", newest: undefined }];
  return files.map((file) => ({ where: file, pattern, ...lookIntoFile(file, options) }));
}

function lookIntoFile(
  file: string,
  options: FindLogSourceOptions,
): Omit<Finding, "where" | "pattern"> {
  let end: FileEnd;
  try {
    end = readFileEnd(file);
  } catch (error) {
    return { found: explain(error), newest: undefined };
  }
  if (end.text === "") return { found: EMPTY, newest: undefined };
  const { programs } = options;
  const isOwn = programs.length === 0 || options.isShared?.(file) === false;
  const isCounted = (text: string): boolean =>
    isLineOf(text, programs) || (isOwn && options.isSystemLine?.(text) !== true);
  const lines = end.text.split("\n").filter((text) => text !== "");
  const line = lines.findLast(isCounted);
  if (line === undefined) {
    const whose = programs.length === 0 ? "any service" : programs.join(" or ");
    return { found: `no line of ${whose} in its last 64 KiB`, newest: undefined };
  }
  // The last line is as old as the file; only a timestamp dates an earlier line, if it can be trusted.
  const stamp = line === lines.at(-1) ? undefined : options.instantOf?.(line);
  const newest = stamp === undefined || stamp > end.changedAt ? end.changedAt : stamp;
  const whose = isOwn ? "lines" : `lines of ${programs.join(" or ")}`;
  return { found: `${whose}, the newest ${ago(newest, options.clock)}`, newest };
}

/** Returns whether a line begins with one of the names: "name[pid]:", "name:", or " name pid " in RFC 5424. */
function isLineOf(line: string, programs: readonly string[]): boolean {
  const header = line.slice(0, 256);
  return programs.some((program) => {
    if (isProgramGlob(program))
      return header.split(/[\s[:]+/).some((word) => matchesProgram(program, word));
    return (
      header.includes(` ${program}[`) ||
      header.includes(` ${program}:`) ||
      header.startsWith(`${program}[`) ||
      (/^<\d/.test(header) && header.includes(` ${program} `))
    );
  });
}

async function askJournal(options: FindLogSourceOptions): Promise<Finding> {
  const where = JOURNAL;
  // Entries that any account can send must not choose the journal, because the jail would count none of them.
  const proven = options.journal.every(provesSender);
  const asked = await readJournalEnd({
    matches: options.journal,
    directory: options.directory,
    lines: proven ? 1 : UNPROVEN_ENTRIES,
  });
  if (!asked.ok) return { where, found: asked.error, newest: undefined };
  const takes = createEntryTest(options.journal);
  const newest = asked.value.findLast(({ fields }) => takes(fields))?.receivedAt;
  if (newest === undefined) {
    const { directory } = options;
    const isMissing = journalActivity(directory).changedAt === undefined;
    const found = isMissing
      ? `none ${directory === undefined ? "on this host" : `in ${directory}`}`
      : `no entries of ${[...new Set(options.journal.map(describeSender))].join(", ")}`;
    return { where, found, newest };
  }
  return { where, found: `entries, the newest ${ago(newest, options.clock)}`, newest };
}

/** Shortens matches to what an administrator knows: "ssh.service". */
function describeSender(group: readonly string[]): string {
  const unit = group.find((match) => match.startsWith(UNIT_FIELD));
  return unit?.slice(UNIT_FIELD.length) ?? group.join(" AND ");
}

function ago(at: Instant, clock: Clock): string {
  const age = Math.max(0, clock.now() - at);
  return age < 1000 ? "just now" : `${formatDuration(duration(age))} ago`;
}

function explain(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return "no such file";
  if (code === "EACCES") return "no permission to read it";
  return reasonOf(error);
}
