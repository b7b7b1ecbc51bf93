/**
 * Finds where reading resumes after a restart. Looks for the file of the cursor at its path and among its rotated
 * names, plain or compressed. Files rotated in between are read first, oldest first.
 */
import { type FileCursor, sameFile } from "./file-cursor.ts";
import { findLastRead, type LastRead } from "./find-last-read.ts";
import { LogFile } from "./log-file.ts";
import {
  continues,
  type ListSiblings,
  MIN_FINGERPRINT_BYTES,
  type OldFile,
  type RotatedTexts,
  searchSiblings,
} from "./rotated-texts.ts";
import { describeUnreadable } from "./rotated-siblings.ts";
import type { SearchOptions } from "./sibling-texts.ts";

/** Returns whether a file must be read again, although it returned no lines. */
export function isSearching(file: OldFile | undefined): boolean {
  return file instanceof LogFile && file.isSearching;
}

export interface Unread {
  /** Files to read before the current one, in this order. */
  readonly old: readonly OldFile[];
  /**
   * found: `current` is where reading stopped. rotated: the rest is in `old`. lost: the file of the cursor was not
   * found; `old` contains the files that were rotated since reading stopped.
   */
  readonly outcome: "found" | "rotated" | "lost";
  /** Offset up to which lines of `current` may have been read; undefined: `current` is positioned at its first new line. */
  readonly doubtUntil?: number | undefined;
}

interface ResumeOptions extends SearchOptions {
  /** Path of the log. */
  readonly path: string;
  /** Files last written before this time (epoch milliseconds) are not read. */
  readonly oldest: number;
}

/**
 * Finds where to resume. `list` returns the rotated files, oldest first. `current` is the open file at the path, if any; it
 * is positioned for reading unless the outcome is `lost`. Reports rotated files that may have unread lines in a form that is
 * not read.
 */
export async function findUnread(
  list: ListSiblings,
  cursor: FileCursor,
  current: LogFile | undefined,
  options: ResumeOptions,
): Promise<Unread> {
  if (current !== undefined && sameFile(current.identity, cursor) && continues(current, cursor)) {
    current.seek(cursor.offset);
    return { old: [], outcome: "found" };
  }
  const unread = await searchSiblings(list, current, options, (rotated) =>
    findAmong(rotated, cursor, current, options),
  );
  if (unread.outcome === "found") return unread;
  const unreadable = describeUnreadable(options.path, Math.max(options.oldest, cursor.at));
  if (unreadable !== undefined) options.onLeftOut(unreadable);
  return unread;
}

async function findAmong(
  rotated: RotatedTexts,
  cursor: FileCursor,
  current: LogFile | undefined,
  options: ResumeOptions,
): Promise<Unread> {
  const exact = await rotated.find(cursor, "same file");
  if (exact >= 0) return { old: await rotated.open(exact, cursor), outcome: "rotated" };
  const since = Math.max(options.oldest, cursor.at);
  if (cursor.fingerprint.length < MIN_FINGERPRINT_BYTES)
    return { old: await rotated.openChanged(since), outcome: "lost" };
  if (current !== undefined && cursor.tail !== "") {
    // Rewritten while no reader ran: lines after the last line read are new.
    const tail = Buffer.from(cursor.tail, "latin1");
    const last = await findLastRead(current, tail, "settled", options.signal);
    if (last !== undefined) return resumeRewritten(current, last);
  }
  if (current !== undefined && continues(current, cursor)) {
    // The same text under another inode or device: restored, copied, or the disk got another number.
    current.seek(cursor.offset);
    return { old: [], outcome: "found" };
  }
  const copy = await rotated.find(cursor, "copy");
  if (copy >= 0) return { old: await rotated.open(copy, cursor), outcome: "rotated" };
  return { old: await rotated.openChanged(since), outcome: "lost" };
}

/**
 * Positions a rewritten file. Lines before the recognized text were read if the text was edited, and are new if it was
 * written back behind them: their times tell.
 */
function resumeRewritten(current: LogFile, { from, after, alone }: LastRead): Unread {
  current.seek(from === 0 ? after : 0);
  return { old: [], outcome: "found", doubtUntil: alone ? current.size : after };
}

/**
 * Finds the rest of an open file that was copied and then emptied: in that copy, and in later ones. `cursor`: the position
 * before. The file itself may already be among its rotated siblings, with its new text.
 */
export async function findCopies(
  list: ListSiblings,
  file: LogFile,
  cursor: FileCursor,
  options: SearchOptions,
): Promise<readonly OldFile[]> {
  if (cursor.fingerprint.length < MIN_FINGERPRINT_BYTES) return [];
  return searchSiblings(list, file, options, async (rotated) => {
    await rotated.leaveOut(file);
    const copy = await rotated.find(cursor, "copy");
    return copy < 0 ? [] : rotated.open(copy, cursor);
  });
}

/** Returns whether a file has the same text as the cursor's file up to its offset, or only the beginning of it. */
export function isSameText(file: LogFile, { offset, fingerprint, tail }: FileCursor): boolean {
  if (fingerprint.length < MIN_FINGERPRINT_BYTES || !file.beginsWith(fingerprint)) return false;
  return file.size < offset || file.endsAt(offset, Buffer.from(tail, "latin1"));
}

/** Returns whether the file of the cursor has a rotated name now. */
export function wasRotated(
  list: ListSiblings,
  cursor: FileCursor,
  options: SearchOptions,
): Promise<boolean> {
  return searchSiblings(list, undefined, options, (rotated) => rotated.contains(cursor));
}

/**
 * Opens files that were at the path after the cursor's file and were rotated before any refresh. The first may be a
 * copy of it that continues, as an editor saves it; it is opened at the cursor's offset. `current` is the open file at the
 * path, at its beginning.
 */
export function findMissed(
  list: ListSiblings,
  cursor: FileCursor,
  current: LogFile | undefined,
  options: SearchOptions,
): Promise<readonly OldFile[]> {
  return searchSiblings(list, current, options, async (rotated) => {
    const exact = await rotated.find(cursor, "same file");
    const telling = cursor.fingerprint.length >= MIN_FINGERPRINT_BYTES;
    if (exact >= 0 || !telling) return exact < 0 ? [] : rotated.open(exact + 1, undefined);
    const copy = await rotated.find(cursor, "copy");
    if (copy < 0) return [];
    return rotated.isPacked(copy) ? rotated.open(copy + 1, undefined) : rotated.open(copy, cursor);
  });
}
