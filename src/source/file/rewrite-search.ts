/**
 * Finds where reading resumes in a file whose text was replaced. Owns the text to search for, and the offset up to
 * which the lines of each file may have been read before.
 *
 * States: idle; searching (the file was rewritten, and the last line read may still appear; left when it is found or
 * time is up); copying (the file is a copy of another log and may still grow; left when they differ).
 */
import { amount } from "../../domain/amount.ts";
import type { Clock } from "../../domain/clock.ts";
import type { Rewritten } from "../../domain/line-batch.ts";
import { archiveBeginsWith } from "./archive-reader.ts";
import {
  commonPrefix,
  findCopied,
  findLastRead,
  lineStart,
  MIN_IDENTIFYING_BYTES,
} from "./find-last-read.ts";
import { type FileCursor, MAX_FINGERPRINT_BYTES, fingerprintOf, sameFile } from "./file-cursor.ts";
import type { OldFile, Unread } from "./find-unread.ts";
import type { FollowerOptions } from "./follower-options.ts";
import { LogFile } from "./log-file.ts";
import type { Sibling } from "./rotated-siblings.ts";

/** A program that rewrites a file finishes within this time. */
const REWRITING_MS = 1000;

type Unstamped = Rewritten["unstamped"];

interface Search {
  readonly tail: Buffer;
  readonly until: number;
  /** How lines without a time count when the last line is not found; undefined: all lines are new. */
  readonly unstamped: Unstamped | undefined;
}

interface Doubt {
  readonly until: number;
  readonly unstamped: Unstamped;
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
  readonly #doubts = new WeakMap<OldFile, Doubt>();
  #search: Search | undefined;
  #original: LogFile | undefined;

  constructor(clock: Clock, report: (how: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** Monotonic time at which to check again; Infinity for never. */
  get dueAt(): number {
    return this.#search?.until ?? Infinity;
  }

  /**
   * Begins to search for `tail`, the text last read before a file was replaced. If it is empty, an ongoing search
   * continues with its own text.
   */
  begin(tail: Buffer, { isComplete, unstamped }: Replacement): void {
    const sought = tail.length > 0 ? tail : this.#search?.tail;
    if (sought === undefined) return;
    const until = isComplete ? 0 : this.#clock.monotonic() + REWRITING_MS;
    this.#search = { tail: sought, until, unstamped };
  }

  /**
   * Skips the part of a file that copies another followed log, because those lines were already read. A copy made during
   * reading may have been edited, so its lines are marked as possibly read before.
   */
  skipCopied(file: LogFile, options: Pick<FollowerOptions, "others" | "rotated" | "found">): void {
    const others = options.others();
    const original = others.find((other) => this.#skipCopyOf(file, other));
    this.#original = original;
    if (options.found === "later") {
      if (others.length > 0) this.#doubt(file, "new");
    } else if (original === undefined) this.#skipCopyOfRotated(file, options.rotated());
  }

  /** Skips the text that a file has in common with the beginning of the original; returns false if it has none. */
  #skipCopyOf(file: LogFile, original: LogFile): boolean {
    const copied = findCopied(file, original);
    if (copied <= file.offset) return false;
    file.seek(copied);
    this.#report(
      `its first ${amount(copied, "byte")} ${copied === 1 ? "is" : "are"} a copy of ${original.path}`,
    );
    return true;
  }

  #skipCopyOfRotated(file: LogFile, rotated: readonly Sibling[]): boolean {
    const fingerprint = fingerprintOf(file.read(0, MAX_FINGERPRINT_BYTES));
    if (fingerprint.length < MIN_IDENTIFYING_BYTES) return false;
    return rotated.some((sibling) => {
      if (sameFile(sibling, file.identity)) return false;
      if (!sibling.packed) return this.#skipCopyOfClosed(file, sibling.path);
      if (!archiveBeginsWith(sibling.path, fingerprint)) return false;
      // Only decompression would show how much more is equal.
      this.#doubt(file, "new");
      return true;
    });
  }

  #skipCopyOfClosed(file: LogFile, path: string): boolean {
    let original: LogFile;
    try {
      original = new LogFile(path);
    } catch {
      // Removed or access denied since it was listed: it cannot be compared.
      return false;
    }
    const isCopy = this.#skipCopyOf(file, original);
    original.close();
    return isCopy;
  }

  /** Moves the file to its first new line. Returns false when it must not be read yet. */
  settle(file: LogFile): boolean {
    if (this.#original !== undefined && file.size > file.offset) {
      const copied = commonPrefix(file, this.#original, file.offset);
      if (copied < file.size) this.#original = undefined;
      file.seek(lineStart(file, copied));
    }
    if (this.#search === undefined) return true;
    const { tail, until, unstamped } = this.#search;
    const isOver = this.#clock.monotonic() >= until;
    const last = findLastRead(file, tail, isOver ? "settled" : "ongoing");
    if (last === undefined && !isOver) return false;
    this.#search = undefined;
    if (last !== undefined) {
      file.seek(last.after);
      this.#report("rewritten; reading resumes after the last line read");
      if (last.alone) this.#doubt(file, "new");
    } else {
      if (unstamped !== undefined) this.#doubt(file, unstamped);
      if (until > 0) this.#report("it was emptied in place");
    }
    return true;
  }

  /** Marks the unread lines that are in the file now as possibly read before. */
  #doubt(file: LogFile, unstamped: Unstamped): void {
    const until = file.size;
    if (until > file.offset) this.#doubts.set(file, { until, unstamped, begun: false });
  }

  /**
   * Marks the lines of the file where reading resumes as possibly read before, unless the saved position was found with
   * certainty.
   */
  doubtResumed(
    file: LogFile,
    cursor: FileCursor,
    { outcome, alone }: Pick<Unread, "outcome" | "alone">,
  ): void {
    if (outcome === "lost") this.#doubt(file, sameFile(file.identity, cursor) ? "unknown" : "new");
    else if (alone === true) this.#doubt(file, "new");
  }

  /** Marks the lines of a file that is retired before the last line read was found in it. */
  leave(file: LogFile): void {
    const unstamped = this.#search?.unstamped;
    if (unstamped !== undefined) this.#doubt(file, unstamped);
  }

  /** Returns how lines just taken from a file may have been read before; undefined: they are new. */
  takeDoubt(file: OldFile): Rewritten | undefined {
    const doubt = this.#doubts.get(file);
    if (doubt === undefined) return undefined;
    const begins = !doubt.begun;
    const ends = file.cursor().offset >= doubt.until;
    doubt.begun = true;
    if (ends) this.#doubts.delete(file);
    return { begins, ends, unstamped: doubt.unstamped };
  }
}
