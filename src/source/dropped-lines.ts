/**
 * Records when journald or rsyslog reports that its rate limit dropped lines. Keeps the newest report of each writer,
 * at most MAX_NOTES. Only the writer's own line counts: its name is in the syslog header, or journald's trusted fields
 * name it. Text that a client puts into a message does not count.
 */
import type { Instant } from "../domain/instant.ts";
import type { DroppedLines } from "../domain/line-source.ts";
import type { JournalEntry } from "./journal/journal-export.ts";

/** SD_MESSAGE_JOURNAL_DROPPED of systemd's sd-messages.h: "Suppressed N messages from UNIT". */
export const DROPPED_MESSAGE_ID = "a596d6fe7bfa4994828e72309e95d61e";

/** Fields of a journald entry that reports dropped lines, besides MESSAGE. */
export const DROPPED_FIELDS: readonly string[] = ["MESSAGE_ID", "N_DROPPED", "_TRANSPORT"];

export interface DroppedNotes {
  /** Searches new lines for reports of dropped lines. */
  scan(text: string, now: Instant): void;
  /** Returns whether the entry is journald's report of dropped lines, so that it is not processed as a log line. */
  take(entry: JournalEntry, at: Instant): boolean;
  list(): readonly DroppedLines[];
}

const MAX_NOTES = 16;
/** Texts of which each report contains one: " due to rate-limiting" of rsyslog, ": Suppressed " of journald. */
const SIGNS = [" due to rate-limiting", ": Suppressed "] as const;
const HEADER =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{8,32}) \S{1,255} (rsyslogd|systemd-journald)(?:\[\d{1,7}\])?: /;
const SUPPRESSED = /^Suppressed (\d{1,9}) messages from (\S{1,255})$/;
/** Matches messages of rsyslog's ratelimit.c. The module may name the writer: "imuxsock[pid 4711]". */
const RATE_LIMITED =
  /^([a-z]{2,20})(?:\[([^\]]{1,64})\]| from <([^>]{1,64})>)?: (?:begin to drop messages|(\d{1,9}) messages lost) due to rate-limiting/;

export function createDroppedNotes(): DroppedNotes {
  const notes = new Map<string, DroppedLines>();

  function note({ by, of, text, count, at }: DroppedLines): void {
    const key = `${by} ${of}`;
    const before = notes.get(key)?.count ?? 0;
    notes.delete(key);
    notes.set(key, { by, of, text, count: before + count, at });
    const [oldest] = notes.keys();
    if (notes.size > MAX_NOTES && oldest !== undefined) notes.delete(oldest);
  }

  function scanLine(line: string, at: Instant): void {
    const header = HEADER.exec(line);
    if (header === null) return;
    const report = readDropped(header[1] ?? "", line.slice(header[0].length));
    if (report !== undefined) note({ ...report, at });
  }

  return {
    scan(text, now) {
      for (const sign of SIGNS) {
        for (let found = text.indexOf(sign); found >= 0; ) {
          const end = text.indexOf("\n", found);
          scanLine(text.slice(text.lastIndexOf("\n", found) + 1, end), now);
          found = end < 0 ? -1 : text.indexOf(sign, end);
        }
      }
    },
    take(entry, at) {
      const { fields } = entry;
      // "driver" is the transport of journald's own messages; no other process can set it (systemd.journal-fields(7)).
      if (fields.get("MESSAGE_ID") !== DROPPED_MESSAGE_ID || fields.get("_TRANSPORT") !== "driver")
        return false;
      const report = readDropped("systemd-journald", fields.get("MESSAGE") ?? "");
      if (report !== undefined) note({ ...report, at });
      return true;
    },
    list: () => [...notes.values()],
  };
}

function readDropped(by: string, message: string): Omit<DroppedLines, "at"> | undefined {
  const text = message.slice(0, 200);
  const suppressed = by === "rsyslogd" ? null : SUPPRESSED.exec(text);
  if (suppressed !== null)
    return { by, of: suppressed[2] ?? "", count: Number(suppressed[1]), text };
  const limited = by === "rsyslogd" ? RATE_LIMITED.exec(text) : null;
  if (limited === null) return undefined;
  const [, module = "", pid = "", process = "", lost = "0"] = limited;
  return { by: `rsyslogd (${module})`, of: pid || process, count: Number(lost), text };
}
