/** How far a journal was read: the last entry that was handed out, and whether another one comes after it. */
import { type Instant, instant } from "../../domain/instant.ts";
import { cursorParts, isJournalCursor } from "./journal-match.ts";

export interface JournalPosition {
  /** undefined: nothing was read yet; reading begins at `receivedAt`. */
  readonly cursor: string | undefined;
  /** When journald received that entry. */
  readonly receivedAt: Instant;
}

/** Where reading begins: after the entry of a saved cursor, or at a time. */
export function positionOf(cursor: string | undefined, since: Instant): JournalPosition {
  const microseconds = Number.parseInt(partOf(cursor, "t") ?? "", 16);
  const receivedAt = Number.isFinite(microseconds)
    ? instant(Math.floor(microseconds / 1000))
    : since;
  return { cursor, receivedAt };
}

/**
 * Whether an entry comes after a position. By sequence numbers while both are of one sequence, since a clock may be set
 * back; otherwise by time. Entries of the same millisecond and of two sequences count as one.
 */
export function isAfter(
  entry: { readonly cursor: string; readonly receivedAt: Instant },
  position: JournalPosition,
): boolean {
  const { cursor, receivedAt } = position;
  if (cursor === undefined) return entry.receivedAt >= receivedAt;
  const [reached, found] = [partOf(cursor, "i"), partOf(entry.cursor, "i")];
  if (
    reached !== undefined &&
    found !== undefined &&
    partOf(cursor, "s") === partOf(entry.cursor, "s")
  )
    return Number.parseInt(found, 16) > Number.parseInt(reached, 16);
  return entry.receivedAt > receivedAt;
}

/**
 * What is saved: the cursor of the line that was read last, then the streams whose line was broken there, as parts of
 * the same form. The rest of such a line comes after a restart all the same.
 */
export function formatSavedCursor(line: {
  readonly cursor: string;
  readonly broken: readonly string[];
}): string {
  return [line.cursor, ...line.broken.map((stream) => `${BROKEN}${stream}`)].join(";");
}

export function parseSavedCursor(
  saved: string | undefined,
): { readonly cursor: string; readonly broken: readonly string[] } | undefined {
  if (saved === undefined || !isJournalCursor(saved)) return undefined;
  const parts = saved.split(";");
  return {
    cursor: parts.filter((part) => !part.startsWith(BROKEN)).join(";"),
    broken: parts.flatMap((part) => (part.startsWith(BROKEN) ? [part.slice(BROKEN.length)] : [])),
  };
}

/** journald names no part so. */
const BROKEN = "w=";

function partOf(cursor: string | undefined, key: string): string | undefined {
  return cursor === undefined ? undefined : cursorParts(cursor).get(key);
}
