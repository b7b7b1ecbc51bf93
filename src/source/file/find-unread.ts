/**
 * Finds where reading resumes after a restart. Looks for the file of the cursor at its path and among its rotated
 * names, plain or gzip. Files rotated in between are read first, oldest first.
 */
import { readFileSync } from "node:fs";
import {
  type ArchiveReader,
  archiveBeginsWith,
  archiveFingerprint,
  archiveText,
  openArchive,
} from "./archive-reader.ts";
import {
  type FileCursor,
  type Fingerprint,
  MAX_FINGERPRINT_BYTES,
  fingerprintOf,
  NO_FINGERPRINT,
  sameFile,
} from "./file-cursor.ts";
import { findLastRead, type LastRead } from "./find-last-read.ts";
import { LogFile } from "./log-file.ts";
import type { Sibling } from "./rotated-siblings.ts";

/** Shorter fingerprints do not distinguish two log files ("Nov 23 04:52:01 " begins all of them). */
const MIN_FINGERPRINT_BYTES = 32;

export type OldFile = LogFile | ArchiveReader;

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
  /** Offset up to which the lines of `current` may have been read; undefined: it is positioned at the first new one. */
  readonly doubtUntil?: number | undefined;
}

/**
 * Finds where to resume. `siblings`: rotated files, oldest first. `current` is the open file at the path, if any; it is positioned for reading unless the
 * outcome is `lost`. Files last written before `oldest` are not read.
 */
export function findUnread(
  siblings: readonly Sibling[],
  cursor: FileCursor,
  current: LogFile | undefined,
  oldest: number,
): Unread {
  if (current !== undefined && sameFile(current.identity, cursor) && continues(current, cursor)) {
    current.seek(cursor.offset);
    return { old: [], outcome: "found" };
  }
  const exact = siblings.findIndex((sibling) => isSame(sibling, cursor));
  if (exact >= 0) return { old: openFrom(siblings, exact, cursor), outcome: "rotated" };
  const since = Math.max(oldest, cursor.at);
  if (cursor.fingerprint.length < MIN_FINGERPRINT_BYTES)
    return { old: openChangedSince(siblings, since), outcome: "lost" };
  if (current !== undefined && cursor.tail !== "") {
    // Rewritten while no reader ran: lines after the last line read are new.
    const last = findLastRead(current, Buffer.from(cursor.tail, "latin1"), "settled");
    if (last !== undefined) return resumeRewritten(current, last);
  }
  if (current !== undefined && continues(current, cursor)) {
    // The same text under another inode or device: restored, copied, or the disk got another number.
    current.seek(cursor.offset);
    return { old: [], outcome: "found" };
  }
  const copy = findCopy(siblings, cursor);
  if (copy >= 0) return { old: openFrom(siblings, copy, cursor), outcome: "rotated" };
  return { old: openChangedSince(siblings, since), outcome: "lost" };
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
 * Opens the siblings that were written to after reading stopped. Of the others it is unknown whether they were read.
 */
function openChangedSince(siblings: readonly Sibling[], since: number): OldFile[] {
  const first = siblings.findIndex(({ changed }) => Number(changed / 1_000_000n) >= since);
  return first < 0 ? [] : openFrom(siblings, first, undefined);
}

/**
 * Finds the rest of an open file that was copied and then emptied: in that copy, and in later ones. The file itself may
 * already be among its rotated siblings, with its new text.
 */
export function findCopies(rotated: readonly Sibling[], file: LogFile): readonly OldFile[] {
  const cursor = file.cursor();
  if (cursor.fingerprint.length < MIN_FINGERPRINT_BYTES) return [];
  const siblings = rotated.filter((sibling) => !holdsTextOf(sibling, file));
  const copy = findCopy(siblings, cursor);
  return copy < 0 ? [] : openFrom(siblings, copy, cursor);
}

/** Returns whether the sibling is the same file, renamed or compressed. */
function holdsTextOf(sibling: Sibling, file: LogFile): boolean {
  if (!sibling.packed) return sameFile(sibling, file.identity);
  const head = fingerprintOf(file.read(0, MAX_FINGERPRINT_BYTES));
  return head.length >= MIN_FINGERPRINT_BYTES && archiveBeginsWith(sibling.path, head);
}

/** Returns whether a file has the same text as the cursor's file up to its offset, or only the beginning of it. */
export function isSameText(file: LogFile, { offset, fingerprint, tail }: FileCursor): boolean {
  if (fingerprint.length < MIN_FINGERPRINT_BYTES || !file.beginsWith(fingerprint)) return false;
  return file.size < offset || file.endsAt(offset, Buffer.from(tail, "latin1"));
}

/** Returns whether the file of the cursor has a rotated name now. */
export function wasRotated(siblings: readonly Sibling[], cursor: FileCursor): boolean {
  return siblings.some(
    (sibling) => isSame(sibling, cursor) || (sibling.packed && isCopy(sibling, cursor)),
  );
}

/**
 * Opens files that were at the path after the cursor's file and were rotated before any refresh. The first may be a
 * copy of it that continues, as an editor saves it; it is opened at the cursor's offset.
 */
export function findMissed(siblings: readonly Sibling[], cursor: FileCursor): readonly OldFile[] {
  const exact = siblings.findIndex((sibling) => isSame(sibling, cursor));
  const telling = cursor.fingerprint.length >= MIN_FINGERPRINT_BYTES;
  if (exact >= 0 || !telling) return exact < 0 ? [] : openFrom(siblings, exact + 1, undefined);
  const copy = findCopy(siblings, cursor);
  if (copy < 0) return [];
  return siblings[copy]?.packed === true
    ? openFrom(siblings, copy + 1, undefined)
    : openFrom(siblings, copy, cursor);
}

function isSame(sibling: Sibling, cursor: FileCursor): boolean {
  return !sibling.packed && sameFile(sibling, cursor) && isCopy(sibling, cursor);
}

/**
 * Returns the index of the sibling that contains the text up to the cursor; -1: none. Of archives only the beginnings
 * are compared, unless several files have the same one.
 */
function findCopy(siblings: readonly Sibling[], cursor: FileCursor): number {
  const found = [...siblings.keys()].filter((i) => {
    const sibling = siblings[i];
    return sibling !== undefined && isCopy(sibling, cursor);
  });
  const [first = -1] = found;
  if (found.length < 2) return first;
  const tail = Buffer.from(cursor.tail, "latin1");
  const from = Math.max(0, cursor.offset - tail.length);
  const certain = found.find((i) => {
    const sibling = siblings[i];
    return sibling && textOf(sibling)?.subarray(from, cursor.offset).equals(tail);
  });
  return certain ?? first;
}

function isCopy(sibling: Sibling, cursor: FileCursor): boolean {
  if (sibling.packed) return archiveBeginsWith(sibling.path, cursor.fingerprint);
  const file = attempt(() => new LogFile(sibling.path));
  const same = file !== undefined && continues(file, cursor);
  file?.close();
  return same;
}

/** Returns whether a file contains all that another one contains; of long ones only the beginnings are compared. */
function holdsAll(original: Sibling, copy: Sibling): boolean {
  if (!original.packed && !copy.packed && copy.size > original.size) return false;
  const fingerprint = fingerprintIn(copy);
  if (fingerprint.length < MIN_FINGERPRINT_BYTES) return false;
  if (!beginsWith(original, fingerprint)) return false;
  const [whole, part] = [textOf(original), textOf(copy)];
  if (whole === undefined || part === undefined) return true;
  return whole.subarray(0, part.length).equals(part);
}

function beginsWith({ path, packed }: Sibling, fingerprint: Fingerprint): boolean {
  if (packed) return archiveBeginsWith(path, fingerprint);
  const file = attempt(() => new LogFile(path));
  const isSame = file?.beginsWith(fingerprint) ?? false;
  file?.close();
  return isSame;
}

/** Maximum length of texts that are compared, in bytes. */
const MAX_COMPARED = 67_108_864;

/** Returns the text of a file; undefined: it is too long, or cannot be read. */
function textOf({ path, packed, size }: Sibling): Buffer | undefined {
  if (packed) return archiveText(path, MAX_COMPARED);
  return size > MAX_COMPARED ? undefined : attempt(() => readFileSync(path));
}

function fingerprintIn({ path, packed }: Sibling): Fingerprint {
  if (packed) return archiveFingerprint(path);
  const file = attempt(() => new LogFile(path));
  const fingerprint =
    file === undefined ? NO_FINGERPRINT : fingerprintOf(file.read(0, MAX_FINGERPRINT_BYTES));
  file?.close();
  return fingerprint;
}

function continues(file: LogFile, cursor: FileCursor): boolean {
  if (file.size < cursor.offset || !file.beginsWith(cursor.fingerprint)) return false;
  return file.endsAt(cursor.offset, Buffer.from(cursor.tail, "latin1"));
}

/**
 * Opens the file at `index`, from the cursor's offset if there is a cursor, and all later ones completely, except
 * copies of earlier ones.
 */
function openFrom(
  siblings: readonly Sibling[],
  index: number,
  cursor: FileCursor | undefined,
): OldFile[] {
  const read = siblings.slice(0, index + (cursor === undefined ? 0 : 1));
  return siblings
    .slice(index)
    .filter((sibling) => read.includes(sibling) || !read.some((one) => holdsAll(one, sibling)))
    .map((sibling, i) => openOld(sibling, (i === 0 ? cursor : undefined) ?? beginningOf(sibling)))
    .filter((file) => file !== undefined);
}

function beginningOf(sibling: Sibling): FileCursor {
  const fingerprint = sibling.packed ? archiveFingerprint(sibling.path) : NO_FINGERPRINT;
  const { device, inode } = sibling;
  return { device, inode, offset: 0, fingerprint, tail: "", at: 0 };
}

function openOld(sibling: Sibling, from: FileCursor): OldFile | undefined {
  if (sibling.packed) return attempt(() => openArchive(sibling.path, from));
  const file = attempt(() => new LogFile(sibling.path));
  file?.seek(from.offset);
  return file;
}

function attempt<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch {
    // Removed or access denied since it was listed: nothing can be read from it.
    return undefined;
  }
}
