/**
 * Finds where reading resumes in a file whose text was replaced. Owns, for each file, the text to search for, and the
 * offset up to which its lines may have been read before.
 *
 * States of a file: idle; searching (it was rewritten, and the last line read may still appear; left when it is found,
 * time is up, or the file is retired); copying (it repeats another file and may still grow; left when they differ).
 */
import { amount } from "../../domain/amount.ts";
import type { Clock } from "../../domain/clock.ts";
import { type Instant, instant } from "../../domain/instant.ts";
import type { Rewritten } from "../../domain/line-batch.ts";
import { EmptiedFiles } from "./emptied-files.ts";
import {
  commonPrefix,
  findCopied,
  findLastRead,
  lineStart,
  MIN_IDENTIFYING_BYTES,
} from "./find-last-read.ts";
import { type FileCursor, MAX_FINGERPRINT_BYTES, fingerprintOf, sameFile } from "./file-cursor.ts";
import { isSameText, type Unread, wasRotated } from "./find-unread.ts";
import type { FollowerOptions } from "./follower-options.ts";
import { LogFile } from "./log-file.ts";
import type { ListSiblings, OldFile } from "./rotated-texts.ts";
import { type SearchOptions, SiblingTexts } from "./sibling-texts.ts";
import type { Sibling } from "./rotated-siblings.ts";

/** A program that rewrites a file finishes within this time. */
const REWRITING_MS = 1000;

type Unstamped = Rewritten["unstamped"];

/** The text read before a file was replaced. A retired file is read to its end first, which changes its tail. */
type LastText = Pick<LogFile, "tail" | "head" | "size">;

const NEWLINE = 10;
const NO_BYTES = Buffer.alloc(0);
const NO_TEXT: LastText = { tail: NO_BYTES, head: NO_BYTES, size: 0 };

interface Search {
  readonly sought: LastText;
  readonly until: number;
  /** How lines without a time count when the last line is not found; undefined: all lines are new. */
  readonly unstamped: Unstamped | undefined;
}

interface Doubt {
  readonly until: number;
  readonly unstamped: Unstamped;
  readonly lastReadAt: Instant | undefined;
  begun: boolean;
}

/** How the text was replaced. `unstamped` as in `Search`. */
export interface Replacement {
  readonly isComplete: boolean;
  readonly unstamped: Unstamped | undefined;
}

export class RewriteSearch {
  readonly #clock: Clock;
  readonly #report: (how: string) => void;
  readonly #search: SearchOptions;
  readonly #doubts = new WeakMap<OldFile, Doubt>();
  readonly #searches = new WeakMap<OldFile, Search>();
  readonly #originals = new WeakMap<OldFile, LogFile>();
  readonly #emptied: EmptiedFiles;

  constructor(clock: Clock, report: (how: string) => void, search: SearchOptions) {
    this.#clock = clock;
    this.#report = report;
    this.#search = search;
    this.#emptied = new EmptiedFiles(clock, REWRITING_MS, search.signal);
  }

  /** Returns the monotonic time at which to check the current file again; Infinity for never. */
  dueAt(current: LogFile | undefined): number {
    if (current === undefined) return Infinity;
    return this.#searches.get(current)?.until ?? this.#emptied.dueAt(current);
  }

  /** Begins with a file that was emptied in place. `text`: what was read of it. `copies`: where the rest is. */
  empty(file: LogFile, text: LastText, copies: readonly OldFile[]): void {
    if (copies.length > 0) this.#emptied.rememberAll([...copies, file], text);
    else this.begin(file, file, { isComplete: false, unstamped: "unknown" }, text);
  }

  /**
   * Begins to search a file for the text last read, of the file `last` before it or of itself. If that is empty, its
   * search continues in this one.
   */
  begin(
    file: LogFile,
    last: OldFile,
    { isComplete, unstamped }: Replacement,
    text: LastText = textOf(last),
  ): void {
    const isEmpty = text.tail.length === 0 && text.size === 0;
    const sought = isEmpty ? this.#searches.get(last)?.sought : text;
    if (sought === undefined) return;
    const until = isComplete ? 0 : this.#clock.monotonic() + REWRITING_MS;
    this.#searches.set(file, { sought, until, unstamped });
  }

  /** Positions a file that replaced `latest` at the path, and is at its beginning. Returns whether that file was rotated. */
  async succeed(
    file: LogFile,
    latest: OldFile,
    list: ListSiblings,
  ): Promise<"rotated" | "rewritten"> {
    const cursor = latest.cursor();
    if (isSameText(file, cursor)) {
      file.seek(Math.min(cursor.offset, file.size));
      this.skipRest(file, latest);
      return "rewritten";
    }
    if (latest instanceof LogFile) file.continueRows(latest);
    this.#emptied.succeed(file, latest);
    // The old file has another name now: it was rotated, or is an editor's backup. So the new file is complete already.
    const isComplete = !(latest instanceof LogFile) || latest.isLinked;
    const isRotated = await wasRotated(list, cursor, this.#search);
    this.begin(file, latest, { isComplete, unstamped: isRotated ? undefined : "unknown" });
    return isRotated ? "rotated" : "rewritten";
  }

  /** Skips what a file, positioned where the retired file is, has in common with the rest of that one. */
  skipRest(file: OldFile, retired: OldFile): void {
    if (retired instanceof LogFile) this.#originals.set(file, retired);
  }

  /**
   * Skips the part of a file that copies another followed log, because those lines were already read. A copy made during
   * reading may have been edited, so its lines are marked as possibly read before.
   */
  async skipCopied(
    file: LogFile,
    options: Pick<FollowerOptions, "others" | "rotated" | "found">,
  ): Promise<void> {
    const others = options.others();
    const original = await this.#findOriginal(file, others);
    if (original !== undefined) this.#originals.set(file, original);
    if (options.found === "later") {
      if (others.length > 0) this.#doubt(file, "new");
    } else if (original === undefined) await this.#skipCopyOfRotated(file, options.rotated());
  }

  async #findOriginal(file: LogFile, others: readonly LogFile[]): Promise<LogFile | undefined> {
    for (const other of others) if (await this.#skipCopyOf(file, other)) return other;
    return undefined;
  }

  /** Skips the text that a file has in common with the beginning of the original; returns false if it has none. */
  async #skipCopyOf(file: LogFile, original: LogFile): Promise<boolean> {
    const copied = await findCopied(file, original, this.#search.signal);
    if (copied <= file.offset || file.wasReplaced()) return false;
    file.seek(copied);
    this.#report(
      `its first ${amount(copied, "byte")} ${copied === 1 ? "is" : "are"} a copy of ${original.path}`,
    );
    return true;
  }

  async #skipCopyOfRotated(file: LogFile, rotated: readonly Sibling[]): Promise<void> {
    const fingerprint = fingerprintOf(file.read(0, MAX_FINGERPRINT_BYTES));
    if (fingerprint.length < MIN_IDENTIFYING_BYTES) return;
    const texts = new SiblingTexts(this.#search);
    for (const sibling of rotated) {
      if (sameFile(sibling, file.identity)) continue;
      if (!sibling.packed) {
        if (await this.#skipCopyOfClosed(file, sibling.path)) return;
      } else if (await texts.beginsWith(sibling, fingerprint)) {
        // Only decompression would show how much more is equal.
        this.#doubt(file, "new");
        return;
      }
    }
  }

  async #skipCopyOfClosed(file: LogFile, path: string): Promise<boolean> {
    let original: LogFile;
    try {
      original = new LogFile(path);
    } catch {
      // Removed or access denied since it was listed: it cannot be compared.
      return false;
    }
    try {
      return await this.#skipCopyOf(file, original);
    } finally {
      original.close();
    }
  }

  /**
   * Moves the file to its first new line, once all files before it are read. Returns false when it must not be read
   * yet, or was replaced during the search; a retired file is not rewritten any more.
   */
  async settle(file: LogFile, as: "current" | "retired"): Promise<boolean> {
    const original = this.#originals.get(file);
    if (original !== undefined && file.size > file.offset) {
      const { size } = file;
      const { signal } = this.#search;
      const copied = await commonPrefix(file, original, { from: file.offset, signal });
      const resumed = await lineStart(file, copied, signal);
      if (file.wasReplaced()) return false;
      if (copied < size) this.#originals.delete(file);
      file.seek(resumed);
    }
    const search = this.#searches.get(file);
    if (search === undefined) return this.#settleEmptied(file, as);
    const { sought, until, unstamped } = search;
    const isOver = as === "retired" || this.#clock.monotonic() >= until;
    const rewriting = isOver ? "settled" : "ongoing";
    const last = await findLastRead(file, sought.tail, rewriting, this.#search.signal);
    if (file.wasReplaced()) return false;
    if (last === undefined && !isOver) return false;
    this.#searches.delete(file);
    if (last !== undefined) {
      this.#resumeAfter(file, last.after);
      if (last.alone) this.#doubt(file, "new");
    } else {
      if (file.size === 0) this.#emptied.remember(file, sought, undefined);
      if (unstamped !== undefined) this.#doubt(file, unstamped);
      if (until > 0) this.#report("it was emptied in place");
    }
    return true;
  }

  async #settleEmptied(file: LogFile, as: "current" | "retired"): Promise<boolean> {
    const content = await this.#emptied.judge(file, as);
    if (content !== "new" && file.wasReplaced()) return false;
    if (typeof content === "number") this.#resumeAfter(file, content);
    else if (content === "unknown") this.#doubt(file, "new");
    return content !== "wait";
  }

  #resumeAfter(file: LogFile, offset: number): void {
    file.seek(offset);
    this.#report("rewritten; reading resumes after the last line read");
  }

  /** Marks the unread lines up to `until` as possibly read before; default: all that are in the file now. */
  #doubt(file: OldFile, unstamped: Unstamped, until = sizeOf(file), lastReadAt?: Instant): void {
    if (until > file.cursor().offset)
      this.#doubts.set(file, { until, unstamped, lastReadAt, begun: false });
  }

  /**
   * Marks the lines of the files where reading resumes as possibly read before, unless the saved position was found with
   * certainty. `file`: the one at the path, if any.
   */
  doubtResumed(
    file: LogFile | undefined,
    cursor: FileCursor,
    { outcome, doubtUntil, old }: Unread,
  ): void {
    const at = cursor.at === 0 ? undefined : instant(cursor.at);
    const tail = Buffer.from(cursor.tail, "latin1");
    // The file that was read last may be among them, with other text.
    if (outcome === "lost") for (const one of old) this.#doubt(one, "new", sizeOf(one), at);
    if (file === undefined) return;
    if (outcome === "rotated") this.#emptied.rememberAll([...old, file], { tail, head: NO_BYTES });
    if (outcome === "lost")
      this.#doubt(file, sameFile(file.identity, cursor) ? "unknown" : "new", sizeOf(file), at);
    else if (doubtUntil !== undefined)
      this.#doubt(file, file.offset === 0 ? "unknown" : "new", doubtUntil, at);
  }

  /** Returns the part of the buffer into which to read, so that no batch contains lines of both kinds. */
  limit(file: LogFile, buffer: Buffer): Buffer {
    const doubt = this.#doubts.get(file);
    if (doubt === undefined) return buffer;
    const room = doubt.until - file.offset;
    // An incomplete line at the end of the file may have grown beyond it.
    const isLineEnd = room > 0 && file.read(doubt.until - 1, 1)[0] === NEWLINE;
    return isLineEnd ? buffer.subarray(0, room) : buffer;
  }

  /** Returns how lines just taken from a file may have been read before; undefined: they are new. */
  takeDoubt(file: OldFile): Rewritten | undefined {
    const doubt = this.#doubts.get(file);
    if (doubt === undefined) return undefined;
    const begins = !doubt.begun;
    const ends = file.cursor().offset >= doubt.until;
    doubt.begun = true;
    if (ends) this.#doubts.delete(file);
    const { unstamped, lastReadAt } = doubt;
    return { begins, ends, unstamped, lastReadAt };
  }
}

/** An archive does not tell its size. */
function sizeOf(file: OldFile): number {
  return file instanceof LogFile ? file.size : Infinity;
}

function textOf(file: OldFile): LastText {
  return file instanceof LogFile ? file : NO_TEXT;
}
