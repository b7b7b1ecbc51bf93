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
import { BREAK_FIELDS, LineBreaks, type OpenLine } from "./line-breaks.ts";

/** Fields that make up a line. */
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

/** Equal combinations of fields share one map; bounds the number remembered. */
const MAX_MAPS = 256;

export interface JournalLine {
  /** Without the final newline; newlines inside are replaced with spaces. */
  readonly text: string;
  readonly fields: LineFields;
  /** When journald received it, which decides between backlog and live. */
  readonly receivedAt: Instant;
  readonly cursor: string;
  /** Length of a line that is cut here; 0: it is complete, or its length is unknown. */
  readonly cutBytes: number;
  /** Lines that are not complete at this position. */
  readonly open: readonly OpenLine[];
}

/** undefined for an entry without message or cursor, for a piece of a line that continues, and for the rest of a cut one. */
export type ReadJournalLine = (entry: JournalEntry) => JournalLine | undefined;

/** Where and when journald has the entry; undefined: it does not say. */
export function placeOf({
  fields,
}: JournalEntry): { readonly cursor: string; readonly receivedAt: Instant } | undefined {
  const cursor = fields.get("__CURSOR");
  const receivedAt = microseconds(fields.get("__REALTIME_TIMESTAMP"));
  return cursor === undefined || receivedAt === undefined ? undefined : { cursor, receivedAt };
}

/** `named` are the fields for `LineFields.journal`; `open` the incomplete lines where reading stopped. */
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
      },
      receivedAt,
      cursor,
      cutBytes: line.isCut ? Math.max(entry.cutBytes, Buffer.byteLength(line.text)) : 0,
      open: breaks.list(),
    };
  };
}

/**
 * `_COMM` is the kernel's name of the process, SYSLOG_IDENTIFIER is the sender's claim. The claim is used when both
 * agree, because it is the name that a log file would show ("postfix/smtpd" for smtpd, "CRON" for cron); `logger -t
 * sshd` stays "logger". A sender that ended before journald looked has no `_COMM`: then its claim counts only if a
 * service's unit or root's credentials, which the kernel attaches, support it. Which processes may use a name is up to
 * the jail's matches.
 */
function programOf(entry: JournalEntry): string {
  const said = entry.fields.get("SYSLOG_IDENTIFIER") ?? "";
  const called = entry.fields.get("_COMM") ?? "";
  if (called === "") {
    const vouched = isServiceUnit(entry.fields.get("_SYSTEMD_UNIT"));
    return vouched || entry.fields.get("_UID") === "0" ? said : "";
  }
  const last = said.slice(said.lastIndexOf("/") + 1);
  // The kernel keeps 15 bytes of a program's name.
  return last.slice(0, 15).toLowerCase() === called.toLowerCase() ? said : called;
}

function microseconds(text: string | undefined): Instant | undefined {
  if (text === undefined || !/^\d{1,17}$/.test(text)) return undefined;
  return instant(Math.floor(Number(text) / 1000));
}

function flatten(message: string): string {
  const end = withoutLineEnd(message);
  return /[\r\n\0]/.test(end) ? end.replace(/\r\n|\n/g, " ").replaceAll("\0", "\ufffd") : end;
}
