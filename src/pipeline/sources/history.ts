/**
 * Reads what a log contains before the position of its reader. A jail catches up on this before it joins that reader.
 */
import type { Instant } from "../../domain/instant.ts";
import type { LineBatch } from "../../domain/line-batch.ts";
import type { JournalPosition } from "../../domain/line-source.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { expandPatterns } from "../../source/file/expand-patterns.ts";
import { cursorKeyOf, parseFileCursor } from "../../source/file/file-cursor.ts";
import { readJournalHistory } from "../../source/journal/journal-history.ts";
import { parseSavedCursor, positionOf } from "../../source/journal/journal-position.ts";
import {
  describeJournal,
  type JournalLocation,
  journalKeyOf,
} from "../../source/journal/journal-source.ts";
import { locatePosition } from "../../source/file/locate-position.ts";
import { type ReachedFile, readLogHistory } from "../../source/file/log-history.ts";

export interface HistoryRequest {
  readonly since: Instant;
  /** Saved positions of the reader, by the keys of its cursors. */
  readonly resume: (key: string) => string | undefined;
  /** Position of a journal reader that is open and has no saved position yet. */
  readonly reached: JournalPosition | undefined;
  readonly signal: AbortSignal;
}

export interface History {
  readonly where: string;
  readonly batches: AsyncIterable<LineBatch>;
  /**
   * Where the reader continues: where the history ends, perhaps with some of the same lines, or at the beginning of its
   * log.
   */
  readonly reader: "continues" | "overlaps" | "begins";
}

/** The same maximum as for a reader without a position. */
const MAX_HISTORY_BYTES = 268_435_456;

export function fileHistory(
  patterns: readonly string[],
  { since, resume, signal }: HistoryRequest,
  start: RecordStart | undefined,
): History {
  const { files } = expandPatterns(patterns);
  const positions = new Map<string, ReachedFile>();
  let saved = 0;
  for (const path of files) {
    const cursor = parseFileCursor(resume(cursorKeyOf(path)) ?? "");
    if (cursor === undefined) continue;
    saved++;
    const file = locatePosition(path, cursor);
    if (file !== undefined) positions.set(path, { file, offset: cursor.offset });
  }
  const options = { files, since, maxBytes: MAX_HISTORY_BYTES, signal, positions, start };
  const isExact = positions.size === files.length;
  return {
    where: patterns.join(", "),
    batches: readAndClose(readLogHistory({ ...options, onLeftOut: () => undefined }), positions),
    reader: saved === 0 ? "begins" : isExact ? "continues" : "overlaps",
  };
}

async function* readAndClose(
  batches: AsyncIterable<LineBatch>,
  positions: ReadonlyMap<string, ReachedFile>,
): AsyncIterable<LineBatch> {
  try {
    yield* batches;
  } finally {
    for (const { file } of positions.values()) file.close();
  }
}

export function journalHistory(
  place: JournalLocation,
  { since, resume, reached, signal }: HistoryRequest,
): History {
  const saved = parseSavedCursor(resume(journalKeyOf(place)))?.cursor;
  const until = saved === undefined ? reached : positionOf(saved, since);
  const { matches, directory } = place;
  const where = describeJournal(place);
  // Without a position the reader itself begins as early as any jail can count.
  if (until === undefined) return { where, batches: none(), reader: "begins" };
  const batches = readJournalHistory({ matches, directory, since, until, signal });
  return { where, batches, reader: "continues" };
}

export function noHistory(where: string): History {
  return { where, batches: none(), reader: "continues" };
}

async function* none(): AsyncIterable<LineBatch> {
  // A command or a pipe has no history.
}
