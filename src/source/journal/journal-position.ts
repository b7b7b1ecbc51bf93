/** Keeps how far a journal was read, and orders entries relative to it. */
import { type Instant, instant } from "../../domain/instant.ts";
import type { JournalGap, JournalPosition } from "../../domain/line-source.ts";
import { cursorParts, isJournalCursor } from "./journal-match.ts";
import type { OpenLine } from "./line-breaks.ts";

/** Returns where reading begins: after the entry of a saved cursor, or at a time. */
export function positionOf(cursor: string | undefined, since: Instant): JournalPosition {
  const microseconds = Number.parseInt(partOf(cursor, "t") ?? "", 16);
  const receivedAt = Number.isFinite(microseconds)
    ? instant(Math.floor(microseconds / 1000))
    : since;
  return { cursor, receivedAt };
}

/**
 * Returns whether an entry comes after a position. Compares sequence numbers if both are of one sequence, because a
 * clock may be set back; otherwise compares times. Entries of the same millisecond and of two sequences count as equal.
 */
export function isAfter(entry: JournalPosition, position: JournalPosition): boolean {
  const { cursor, receivedAt } = position;
  if (cursor === undefined) return entry.receivedAt >= receivedAt;
  if (!areOfOneSequence(entry, position)) return entry.receivedAt > receivedAt;
  return numberOf(entry) > numberOf(position);
}

/** Returns whether the order of two entries is known from their numbers, whatever the clock did between them. */
export function areOfOneSequence(a: JournalPosition, b: JournalPosition): boolean {
  if (Number.isNaN(numberOf(a)) || Number.isNaN(numberOf(b))) return false;
  return partOf(a.cursor, "s") === partOf(b.cursor, "s");
}

function numberOf({ cursor }: JournalPosition): number {
  return Number.parseInt(partOf(cursor, "i") ?? "", 16);
}

/** Returns whether an entry is one that may have been deleted before it was read. */
export function isInGap(entry: JournalPosition, gap: JournalGap | undefined): boolean {
  return gap !== undefined && isAfter(entry, gap.after) && isAfter(gap.before, entry);
}

/**
 * The position as it is saved: the cursor of the last line read, and the lines that were incomplete there, so that
 * their rest is recognized after a restart.
 */
export interface SavedPosition {
  readonly cursor: string;
  readonly open: readonly OpenLine[];
}

/**
 * Formats the cursor, followed by the stream and the pieces so far of each incomplete line, in the form of cursor
 * parts.
 */
export function formatSavedCursor({ cursor, open }: SavedPosition): string {
  const parts = open.flatMap(({ stream, text }) => [
    `${OPEN}${stream}`,
    ...(text === undefined ? [] : [`${HELD}${Buffer.from(text).toString("hex")}`]),
  ]);
  return [cursor, ...parts].join(";");
}

export function parseSavedCursor(saved: string | undefined): SavedPosition | undefined {
  if (saved === undefined || !isJournalCursor(saved)) return undefined;
  const parts = saved.split(";");
  const isOurs = (part: string): boolean => part.startsWith(OPEN) || part.startsWith(HELD);
  return {
    cursor: parts.filter((part) => !isOurs(part)).join(";"),
    open: parts.flatMap((part, i): readonly OpenLine[] => {
      if (!part.startsWith(OPEN)) return [];
      const held = parts[i + 1]?.startsWith(HELD) === true ? parts[i + 1]?.slice(2) : undefined;
      const text = held === undefined ? undefined : Buffer.from(held, "hex").toString("utf8");
      return [{ stream: part.slice(2), text }];
    }),
  };
}

/** Keys of parts that journald does not use. */
const OPEN = "w=";
const HELD = "h=";

function partOf(cursor: string | undefined, key: string): string | undefined {
  return cursor === undefined ? undefined : cursorParts(cursor).get(key);
}
