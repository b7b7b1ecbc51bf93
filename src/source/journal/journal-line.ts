/**
 * Converts a journal entry to a line with its trusted fields. journald itself sets fields whose names start with "_"
 * (systemd.journal-fields(7)), though some of them repeat what a process claims: see journal-sender.ts. All other
 * fields are claims of the sender.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import { CUT_MARK, type LineFields } from "../../domain/line-batch.ts";
import { withoutLineEnd } from "../../domain/line-end.ts";
import type { JournalEntry } from "./journal-export.ts";
import { isServiceUnit } from "./journal-sender.ts";
import { BREAK_FIELDS, isOutput, LineBreaks, type OpenLine } from "./line-breaks.ts";

/** Journal fields from which a line is built. */
export const LINE_FIELDS: readonly string[] = [
  "MESSAGE",
  "_HOSTNAME",
  "_PID",
  "_SOURCE_REALTIME_TIMESTAMP",
  ...BREAK_FIELDS,
];

/** Fields that identify the sender; every line carries them, whatever a jail matches on. */
export const ORIGIN_FIELDS: readonly string[] = [
  "SYSLOG_IDENTIFIER",
  "_COMM",
  "_SYSTEMD_UNIT",
  "_UID",
];

/** Maximum number of remembered maps; equal combinations of fields share one. */
const MAX_MAPS = 256;

export interface JournalLine {
  /** Without the final newline; newlines inside are replaced with spaces. */
  readonly text: string;
  readonly fields: LineFields;
  /** When journald received it, which decides between backlog and live. */
  readonly receivedAt: Instant;
  readonly cursor: string;
  /** Length in bytes of a line that is cut here; 0: it is complete, or its length is unknown. */
  readonly cutBytes: number;
  /** Lines that are still incomplete at `cursor`. */
  readonly open: readonly OpenLine[];
}

/**
 * Converts an entry to the line that it completes. undefined: it has no message or cursor, its line continues in a
 * later entry, or it is the rest of a cut line.
 */
export type ReadJournalLine = (entry: JournalEntry) => JournalLine | undefined;

/** Returns the cursor of an entry and when journald received it; undefined: the entry lacks one of them. */
export function placeOf({
  fields,
}: JournalEntry): { readonly cursor: string; readonly receivedAt: Instant } | undefined {
  const cursor = fields.get("__CURSOR");
  const receivedAt = microseconds(fields.get("__REALTIME_TIMESTAMP"));
  return cursor === undefined || receivedAt === undefined ? undefined : { cursor, receivedAt };
}

/**
 * Creates a reader. `named`: fields for `LineFields.journal`. `open`: lines that were incomplete where reading stopped.
 */
export function createJournalLineReader(
  named: readonly string[],
  open: readonly OpenLine[] = [],
): ReadJournalLine {
  const maps = new Map<string, ReadonlyMap<string, string>>();
  const breaks = new LineBreaks(open);

  function journalMap(entry: JournalEntry): ReadonlyMap<string, string> {
    const present = named.filter((name) => entry.fields.has(name));
    const pairs = present.map((name) => [name, entry.fields.get(name) ?? ""] as const);
    const key = JSON.stringify(pairs);
    if (maps.size >= MAX_MAPS && !maps.has(key)) maps.clear();
    return maps.getOrInsertComputed(key, () => new Map(pairs));
  }

  return (entry) => {
    const message = entry.fields.get("MESSAGE");
    const place = placeOf(entry);
    if (message === undefined || place === undefined) return undefined;
    const { cursor, receivedAt } = place;
    const line = breaks.take(entry, flatten(message));
    if (line === undefined) return undefined;
    return {
      text: line.isCut ? line.text + CUT_MARK : line.text,
      fields: {
        at: microseconds(entry.fields.get("_SOURCE_REALTIME_TIMESTAMP")) ?? receivedAt,
        host: entry.fields.get("_HOSTNAME") ?? "",
        program: programOf(entry),
        pid: Number(entry.fields.get("_PID") ?? 0),
        journal: journalMap(entry),
        ...(isOutput(entry) ? { isOutput: true } : {}),
      },
      receivedAt,
      cursor,
      cutBytes: line.isCut ? Math.max(entry.cutBytes, Buffer.byteLength(line.text)) : 0,
      open: breaks.list(),
    };
  };
}

/**
 * Chooses the program name of an entry. `_COMM` is the kernel's name of the process, SYSLOG_IDENTIFIER is the sender's
 * claim. The claim is used when both agree, because it is the name that a log file would show ("postfix/smtpd" for
 * smtpd, "CRON" for cron); `logger -t sshd` stays "logger". A sender that ended before journald looked has no `_COMM`:
 * then its claim counts only if a service's unit or root's credentials, which the kernel attaches, support it. The
 * jail's matches decide which processes may use a name.
 */
function programOf(entry: JournalEntry): string {
  const claimed = entry.fields.get("SYSLOG_IDENTIFIER") ?? "";
  const actual = entry.fields.get("_COMM") ?? "";
  if (actual === "") {
    const vouched = isServiceUnit(entry.fields.get("_SYSTEMD_UNIT"));
    return vouched || entry.fields.get("_UID") === "0" ? claimed : "";
  }
  const last = claimed.slice(claimed.lastIndexOf("/") + 1);
  // Compare 15 bytes, because the kernel keeps no more of a program's name.
  return last.slice(0, 15).toLowerCase() === actual.toLowerCase() ? claimed : actual;
}

function microseconds(text: string | undefined): Instant | undefined {
  if (text === undefined || !/^\d{1,17}$/.test(text)) return undefined;
  return instant(Math.floor(Number(text) / 1000));
}

function flatten(message: string): string {
  const end = withoutLineEnd(message);
  return /[\r\n\0]/.test(end) ? end.replace(/\r\n|\n/g, " ").replaceAll("\0", "\ufffd") : end;
}
