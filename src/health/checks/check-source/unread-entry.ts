/**
 * Remembers the first journal entry that was seen and not read, until the reader has passed it: it may be deleted before
 * it is read, so that nothing in the journal shows that it was missed.
 */
import type { Instant } from "../../../domain/instant.ts";
import type { JournalGap, JournalPosition } from "../../../domain/line-source.ts";
import { areOfOneSequence, isAfter, isInGap } from "../../../source/journal/journal-position.ts";

/** Time for which a missed entry is reported, as lines that a rate limit dropped. */
const MISSED_KEPT_MS = 900_000;

export interface UnreadEntry {
  /** The first entry that the reader has not passed. */
  readonly waiting: JournalPosition | undefined;
  /** Returns the last entry that the reader passed without reading it, while it is to be reported. */
  missed(now: Instant): JournalPosition | undefined;
  /** Forgets an entry that other matches selected, because the reader may not read it any more. */
  selectBy(matches: string): void;
  /** Notes an entry that is after `delivered`, the last one that was read. */
  note(entry: JournalPosition, delivered: JournalPosition): void;
  /** The reader has delivered everything up to `delivered`, except entries in `gap`. */
  reached(delivered: JournalPosition, gap: JournalGap | undefined, now: Instant): void;
}

export function createUnreadEntry(): UnreadEntry {
  let selectedBy = "";
  let waiting: JournalPosition | undefined;
  /** The last entry read when `waiting` was noted. */
  let readBefore: JournalPosition | undefined;
  let lastMissed: JournalPosition | undefined;
  let missedAt = Number.NEGATIVE_INFINITY;
  return {
    get waiting() {
      return waiting;
    },
    missed: (now) => (now - missedAt < MISSED_KEPT_MS ? lastMissed : undefined),
    selectBy(matches) {
      if (matches !== selectedBy) waiting = undefined;
      selectedBy = matches;
    },
    note(entry, delivered) {
      if (waiting === undefined) [waiting, readBefore] = [entry, delivered];
    },
    reached(delivered, gap, now) {
      if (waiting === undefined) return;
      // Times do not order entries of two sequences if the clock was set back between them, so any progress counts.
      const isOrdered =
        areOfOneSequence(waiting, delivered) || delivered.cursor === readBefore?.cursor;
      if (isOrdered && isAfter(waiting, delivered)) return;
      if (isInGap(waiting, gap)) [lastMissed, missedAt] = [waiting, now];
      waiting = undefined;
    },
  };
}
