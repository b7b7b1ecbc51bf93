/**
 * A journal entry -> one line with the fields the journal vouches for. Names that start with "_" are set by journald
 * itself (systemd.journal-fields(7)), though some of them repeat what a process says of itself: see journal-sender.ts.
 * Everything else is the sender's word.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import { CUT_MARK, type LineFields } from "../../domain/line-batch.ts";
import { withoutLineEnd } from "../../domain/line-end.ts";
import type { JournalEntry } from "./journal-export.ts";
import { isServiceUnit } from "./journal-sender.ts";
import { BREAK_FIELDS, LineBreaks, type OpenLine } from "./line-breaks.ts";

/** What one line is made of. */
export const LINE_FIELDS: readonly string[] = [
  "MESSAGE",
  "_HOSTNAME",
  "_PID",
  "_SOURCE_REALTIME_TIMESTAMP",
  ...BREAK_FIELDS,
];

/** What says who wrote it; every line carries these, whatever a jail matches on. */
export const ORIGIN_FIELDS: readonly string[] = [
  "SYSLOG_IDENTIFIER",
  "_COMM",
  "_SYSTEMD_UNIT",
  "_UID",
];

/** Equal combinations of fields share one map; this many are remembered. */
const MAP_BOUND = 256;

export interface JournalLine {
  /** Without newline; newlines inside have become spaces. */
  readonly text: string;
  readonly fields: LineFields;
  /** When journald received it: what decides between backlog and live. */
  readonly receivedAt: Instant;
  readonly cursor: string;
  /** Of a line of which only the beginning is here; 0: it is whole, or its length is not known. */
  readonly cutBytes: number;
  /** Lines that are not complete there. */
  readonly open: readonly OpenLine[];
}

/** undefined for an entry without message or place, for a piece of a line that goes on, and for the rest of one that was cut. `named` are the fields for `LineFields.journal`. */
export type ReadJournalLine = (entry: JournalEntry) => JournalLine | undefined;

/** Of an entry; undefined: it says none. */
export function placeOf({
  fields,
}: JournalEntry): { readonly cursor: string; readonly receivedAt: Instant } | undefined {
  const cursor = fields.get("__CURSOR");
  const receivedAt = microseconds(fields.get("__REALTIME_TIMESTAMP"));
  return cursor === undefined || receivedAt === undefined ? undefined : { cursor, receivedAt };
}

/** `open`: of the line where reading stopped. */
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
    const known = maps.get(key);
    if (known !== undefined) return known;
    if (maps.size >= MAP_BOUND) maps.clear();
    const made = new Map(pairs);
    maps.set(key, made);
    return made;
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
 * `_COMM` is what the process is called, SYSLOG_IDENTIFIER is what the sender says. The latter is taken where both agree, since it is the
 * name a log file would show ("postfix/smtpd" for smtpd, "CRON" for cron); `logger -t sshd` stays "logger".
 * A sender that was gone before journald looked has no `_COMM`: then its word counts only if a service's unit or root's
 * credentials, which the kernel attaches, stand behind it. Whose process may bear the name is for the jail's matches.
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
