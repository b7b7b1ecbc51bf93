/**
 * Where reading goes on after a restart: the file that the cursor names is looked for under its own name and among the
 * names that rotation gives, plain or gzip. What was rotated in between is read first, oldest first.
 */
import {
  type ArchiveReader,
  archiveBeginsWith,
  archiveFingerprint,
  openArchive,
} from "./archive-reader.ts";
import {
  type FileCursor,
  type Fingerprint,
  FINGERPRINT_BOUND,
  fingerprintOf,
  NO_FINGERPRINT,
  sameFile,
} from "./file-cursor.ts";
import { findLastRead } from "./find-last-read.ts";
import { LogFile } from "./log-file.ts";
import { type Sibling, rotatedSiblings } from "./rotated-siblings.ts";

/** Fewer bytes do not tell two log files apart ("Nov 23 04:52:01 " is in all of them). */
const TELLING_LENGTH = 32;

export type OldFile = LogFile | ArchiveReader;

export interface Unread {
  /** To be read before the file itself, in this order. */
  readonly old: readonly OldFile[];
  /**
   * found: `current` is where reading stopped. rotated: the rest is in `old`. lost: no trace of it; `old` holds what was
   * rotated since reading stopped.
   */
  readonly outcome: "found" | "rotated" | "lost";
  /** Only one line was recognized: what follows it in `current` may have been read. */
  readonly alone?: boolean | undefined;
}

/**
 * `current` is the open file of that path, if there is one; it is left at the right place unless `lost`. What was last
 * written before `oldest` is history.
 */
export function findUnread(
  path: string,
  cursor: FileCursor,
  current: LogFile | undefined,
  oldest: number,
): Unread {
  if (current !== undefined && sameFile(current.identity, cursor) && continues(current, cursor)) {
    current.seek(cursor.offset);
    return { old: [], outcome: "found" };
  }
  const siblings = rotatedSiblings(path);
  const exact = siblings.findIndex((sibling) => isSame(sibling, cursor));
  if (exact >= 0) return { old: openFrom(siblings, exact, cursor), outcome: "rotated" };
  const since = Math.max(oldest, cursor.at);
  if (cursor.fingerprint.length < TELLING_LENGTH)
    return { old: openChangedSince(siblings, since), outcome: "lost" };
  if (current !== undefined && cursor.tail !== "") {
    // Written anew while nobody read: whatever comes before it, what follows the last line that was read is new.
    const last = findLastRead(current, Buffer.from(cursor.tail, "latin1"), "settled");
    if (last !== undefined) {
      current.seek(last.after);
      return { old: [], outcome: "found", alone: last.alone };
    }
  }
  if (current !== undefined && continues(current, cursor)) {
    // Same text under another inode or device: restored, copied, or the disk got another number.
    current.seek(cursor.offset);
    return { old: [], outcome: "found" };
  }
  const copy = siblings.findIndex((sibling) => isCopy(sibling, cursor));
  if (copy >= 0) return { old: openFrom(siblings, copy, cursor), outcome: "rotated" };
  return { old: openChangedSince(siblings, since), outcome: "lost" };
}

/** Nobody knows which of them were read: those that were written to after reading stopped were not. */
function openChangedSince(siblings: readonly Sibling[], since: number): OldFile[] {
  const first = siblings.findIndex(({ changed }) => Number(changed / 1_000_000n) >= since);
  return first < 0 ? [] : openFrom(siblings, first, undefined);
}

/**
 * The rest of an open file that was emptied after a copy of it was made: in that copy, and in those made after it. The
 * file itself may be among the siblings already, with the text it has now.
 */
export function findCopies(path: string, file: LogFile): readonly OldFile[] {
  const cursor = file.cursor();
  if (cursor.fingerprint.length < TELLING_LENGTH) return [];
  const siblings = rotatedSiblings(path).filter((sibling) => !holdsTextOf(sibling, file));
  const copy = siblings.findIndex((sibling) => isCopy(sibling, cursor));
  return copy < 0 ? [] : openFrom(siblings, copy, cursor);
}

/** Whether it is that very file under another name, or packed. */
function holdsTextOf(sibling: Sibling, file: LogFile): boolean {
  if (!sibling.packed) return sameFile(sibling, file.identity);
  const head = fingerprintOf(file.read(0, FINGERPRINT_BOUND));
  return head.length >= TELLING_LENGTH && archiveBeginsWith(sibling.path, head);
}

/** Whether a file that took the name of another holds that one's text, or the beginning of it. `tail` as in a cursor. */
export function isSameText(
  file: LogFile,
  { offset, fingerprint }: FileCursor,
  tail: Buffer,
): boolean {
  if (fingerprint.length < TELLING_LENGTH || !file.beginsWith(fingerprint)) return false;
  return file.size < offset || file.endsAt(offset, tail);
}

/** Whether the file of the cursor has a name now that rotation gives. */
export function wasRotated(path: string, cursor: FileCursor): boolean {
  return rotatedSiblings(path).some(
    (sibling) => isSame(sibling, cursor) || (sibling.packed && isCopy(sibling, cursor)),
  );
}

/** Files that had the name after the one of the cursor and lost it again before anyone looked. */
export function findMissed(path: string, cursor: FileCursor): readonly OldFile[] {
  const siblings = rotatedSiblings(path);
  const exact = siblings.findIndex((sibling) => isSame(sibling, cursor));
  const telling = cursor.fingerprint.length >= TELLING_LENGTH;
  const own =
    exact < 0 && telling ? siblings.findIndex((sibling) => isCopy(sibling, cursor)) : exact;
  return own < 0 ? [] : openFrom(siblings, own + 1, undefined);
}

function isSame(sibling: Sibling, cursor: FileCursor): boolean {
  return !sibling.packed && sameFile(sibling, cursor) && isCopy(sibling, cursor);
}

function isCopy(sibling: Sibling, cursor: FileCursor): boolean {
  if (sibling.packed) return archiveBeginsWith(sibling.path, cursor.fingerprint);
  if (sibling.size < cursor.offset) return false;
  const file = attempt(() => new LogFile(sibling.path));
  const same = file?.beginsWith(cursor.fingerprint) ?? false;
  file?.close();
  return same;
}

/** Whether a file holds all that another one holds, as far as that can be told without unpacking. */
function holdsAll(original: Sibling, copy: Sibling): boolean {
  if (!original.packed && !copy.packed && copy.size > original.size) return false;
  const fingerprint = fingerprintIn(copy);
  if (fingerprint.length < TELLING_LENGTH) return false;
  if (original.packed) return archiveBeginsWith(original.path, fingerprint);
  const file = attempt(() => new LogFile(original.path));
  const isSame = file?.beginsWith(fingerprint) ?? false;
  file?.close();
  return isSame;
}

function fingerprintIn({ path, packed }: Sibling): Fingerprint {
  if (packed) return archiveFingerprint(path);
  const file = attempt(() => new LogFile(path));
  const fingerprint =
    file === undefined ? NO_FINGERPRINT : fingerprintOf(file.read(0, FINGERPRINT_BOUND));
  file?.close();
  return fingerprint;
}

function continues(file: LogFile, cursor: FileCursor): boolean {
  if (file.size < cursor.offset || !file.beginsWith(cursor.fingerprint)) return false;
  return file.endsAt(cursor.offset, Buffer.from(cursor.tail, "latin1"));
}

/** The one at `index` from the cursor's offset if there is a cursor, all later ones whole, but for copies of earlier ones. */
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
    // Gone or closed to us since it was listed: then there is nothing to read in it.
    return undefined;
  }
}
