/**
 * Finds a text among the rotated files of a log, and opens it and those after it. Files may be renamed, compressed or
 * deleted during the search.
 */
import { type ArchiveReader, openArchive } from "./archive-reader.ts";
import { type FileCursor, fingerprintOf, MAX_FINGERPRINT_BYTES, sameFile } from "./file-cursor.ts";
import { LogFile } from "./log-file.ts";
import type { Sibling } from "./rotated-siblings.ts";
import { type SearchOptions, SiblingTexts } from "./sibling-texts.ts";

/** Shorter fingerprints do not distinguish two log files ("Nov 23 04:52:01 " begins all of them). */
export const MIN_FINGERPRINT_BYTES = 32;
/** Maximum number of old files that are opened; more than a reader keeps, which reports those it drops. */
const MAX_OPENED = 64;
/** Maximum number of files in which one search looks, which it has open. */
const MAX_SEARCHED_FILES = 256;

export type ListSiblings = () => readonly Sibling[];

export type OldFile = LogFile | ArchiveReader;

/**
 * Searches the rotated files that exist now. `current` is the open file at the path, which may be renamed during the search.
 */
export async function searchSiblings<T>(
  list: ListSiblings,
  current: LogFile | undefined,
  options: SearchOptions,
  search: (rotated: RotatedTexts) => Promise<T>,
): Promise<T> {
  const siblings = list().filter((one) => !(current && sameFile(one, current.identity)));
  const rotated = new RotatedTexts(siblings, options);
  try {
    return await search(rotated);
  } finally {
    rotated.close();
  }
}

/** A rotated file that is open. `path` leads to it, whatever it is renamed to. */
interface OpenSibling extends Sibling {
  readonly file: LogFile;
}

export class RotatedTexts {
  readonly #texts: SiblingTexts;
  readonly #options: SearchOptions;
  #siblings: readonly OpenSibling[];
  readonly #unused: Set<LogFile>;

  /** Opens the newest files immediately, because they may be renamed during the search. */
  constructor(siblings: readonly Sibling[], options: SearchOptions) {
    this.#siblings = siblings.slice(-MAX_SEARCHED_FILES).flatMap(openSibling);
    this.#unused = new Set(this.#siblings.map(({ file }) => file));
    this.#options = options;
    this.#texts = new SiblingTexts(options);
    const left = siblings.length - MAX_SEARCHED_FILES;
    if (left > 0) options.onLeftOut(`${left} older of ${siblings.length} rotated files`);
  }

  close(): void {
    for (const file of this.#unused) file.close();
    this.#unused.clear();
  }

  /** Leaves out the current file, compressed. */
  async leaveOut(file: LogFile): Promise<void> {
    const head = fingerprintOf(file.read(0, MAX_FINGERPRINT_BYTES));
    if (head.length < MIN_FINGERPRINT_BYTES) return;
    const others: OpenSibling[] = [];
    for (const sibling of this.#siblings)
      if (!sibling.packed || !(await this.#texts.beginsWith(sibling, head))) others.push(sibling);
    this.#siblings = others;
  }

  /**
   * Returns the index of the sibling that contains the text up to the cursor; -1: none. Of archives only the beginnings
   * are compared, unless several files have the same one.
   */
  async find(cursor: FileCursor, wanted: "same file" | "copy"): Promise<number> {
    const found: number[] = [];
    for (const [i, sibling] of this.#siblings.entries()) {
      const isWanted = wanted === "copy" || (!sibling.packed && sameFile(sibling, cursor));
      if (!isWanted || !(await this.#isCopy(sibling, cursor))) continue;
      if (wanted === "same file") return i;
      found.push(i);
    }
    const [first = -1] = found;
    if (found.length < 2) return first;
    for (const i of found) {
      const sibling = this.#siblings[i];
      if (sibling !== undefined && (await this.#texts.endsAt(sibling, cursor))) return i;
    }
    return first;
  }

  async contains(cursor: FileCursor): Promise<boolean> {
    for (const sibling of this.#siblings) {
      const isWanted = sibling.packed || sameFile(sibling, cursor);
      if (isWanted && (await this.#isCopy(sibling, cursor))) return true;
    }
    return false;
  }

  isPacked(index: number): boolean {
    return this.#siblings[index]?.packed === true;
  }

  async #isCopy(sibling: OpenSibling, cursor: FileCursor): Promise<boolean> {
    if (!(await this.#texts.beginsWith(sibling, cursor.fingerprint))) return false;
    return sibling.packed || continues(sibling.file, cursor);
  }

  /**
   * Opens the siblings that were written to after reading stopped. Of the others it is unknown whether they were read.
   */
  openChanged(since: number): Promise<OldFile[]> {
    const first = this.#siblings.findIndex(({ changed }) => Number(changed / 1_000_000n) >= since);
    return first < 0 ? Promise.resolve([]) : this.open(first, undefined);
  }

  /**
   * Opens the file at `index`, from the cursor's offset if there is a cursor, and all later ones completely, except
   * copies of earlier ones.
   */
  async open(index: number, cursor: FileCursor | undefined): Promise<OldFile[]> {
    const read = this.#siblings.slice(0, index + (cursor === undefined ? 0 : 1));
    const unread = this.#siblings.slice(index);
    const fresh: OpenSibling[] = [];
    for (const sibling of unread)
      if (read.includes(sibling) || !(await this.#isRepeated(sibling, read))) fresh.push(sibling);
    const wanted: (readonly [OpenSibling, FileCursor])[] = [];
    for (const one of fresh.slice(-MAX_OPENED)) {
      const { device, inode } = one;
      const fingerprint = fingerprintOf(await this.#texts.head(one));
      const beginning = { device, inode, offset: 0, fingerprint, tail: "" };
      const from = (one === unread[0] ? cursor : undefined) ?? beginning;
      wanted.push([one, { ...from, at: Number(one.changed / 1_000_000n) }]);
    }
    return wanted.map(([one, from]) => this.#open(one, from));
  }

  async #isRepeated(copy: Sibling, among: readonly Sibling[]): Promise<boolean> {
    for (const one of among)
      if (await this.#texts.holdsAll(one, copy, MIN_FINGERPRINT_BYTES)) return true;
    return false;
  }

  #open({ file, packed }: OpenSibling, from: FileCursor): OldFile {
    if (packed) return openArchive(file, from, this.#options.onLeftOut);
    this.#unused.delete(file);
    file.seek(from.offset);
    return file;
  }
}

function openSibling(sibling: Sibling): readonly OpenSibling[] {
  try {
    const file = new LogFile(sibling.path);
    return [{ ...sibling, file, path: file.handle }];
  } catch {
    // Removed or access denied since it was listed: nothing can be read from it.
    return [];
  }
}

export function continues(file: LogFile, cursor: FileCursor): boolean {
  if (file.size < cursor.offset || !file.beginsWith(cursor.fingerprint)) return false;
  return file.endsAt(cursor.offset, Buffer.from(cursor.tail, "latin1"));
}
