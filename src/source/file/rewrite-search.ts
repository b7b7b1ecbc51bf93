/**
 * Where reading goes on in a file whose text is not the one that was read so far. Owns what is looked for, and up to where
 * the lines of a file may have been read before.
 *
 * States: idle; searching (the file was rewritten, the last line that was read may still come back; left when it is found
 * or the time is over); copying (the file is a copy of another log, which may still be written; left when they differ).
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
  TELLING_BYTES,
} from "./find-last-read.ts";
import { type FileCursor, FINGERPRINT_BOUND, fingerprintOf, sameFile } from "./file-cursor.ts";
import type { OldFile, Unread } from "./find-unread.ts";
import type { FollowerOptions } from "./follower-options.ts";
import { LogFile } from "./log-file.ts";
import type { Sibling } from "./rotated-siblings.ts";

/** A rewritten file is complete within this time. */
const REWRITING_MS = 1000;

type Unstamped = Rewritten["unstamped"];

interface Search {
  readonly tail: Buffer;
  readonly until: number;
  /** What lines without a time are when the last line is not found; undefined: all lines are new then. */
  readonly unstamped: Unstamped | undefined;
}

interface Doubt {
  readonly until: number;
  readonly unstamped: Unstamped;
  begun: boolean;
}

/** What is known of how the text was replaced. `unstamped` as in `Search`. */
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

  /** When to look again, monotonic; Infinity when there is no need. */
  get dueAt(): number {
    return this.#search?.until ?? Infinity;
  }

  /** The text of a file was replaced; `tail` is what was read last of it, empty while it is being looked for. */
  begin(tail: Buffer, { isComplete, unstamped }: Replacement): void {
    const sought = tail.length > 0 ? tail : this.#search?.tail;
    if (sought === undefined) return;
    const until = isComplete ? 0 : this.#clock.monotonic() + REWRITING_MS;
    this.#search = { tail: sought, until, unstamped };
  }

  /**
   * A copy of a log under another name that the patterns take: what the log had then was read there. One that was made
   * while they are read may have been edited besides.
   */
  skipCopied(file: LogFile, options: Pick<FollowerOptions, "others" | "rotated" | "found">): void {
    const others = options.others();
    const original = others.find((other) => this.#skipCopyOf(file, other));
    this.#original = original;
    if (options.found === "later") {
      if (others.length > 0) this.#doubt(file, "new");
    } else if (original === undefined) this.#skipCopyOfRotated(file, options.rotated());
  }

  /** Whether it begins with what the original holds. */
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
    const fingerprint = fingerprintOf(file.read(0, FINGERPRINT_BOUND));
    if (fingerprint.length < TELLING_BYTES) return false;
    return rotated.some((sibling) => {
      if (sameFile(sibling, file.identity)) return false;
      if (!sibling.packed) return this.#skipCopyOfClosed(file, sibling.path);
      if (!archiveBeginsWith(sibling.path, fingerprint)) return false;
      // How much more of it is the same, only unpacking could tell.
      this.#doubt(file, "new");
      return true;
    });
  }

  #skipCopyOfClosed(file: LogFile, path: string): boolean {
    let original: LogFile;
    try {
      original = new LogFile(path);
    } catch {
      // Gone or closed to us since it was listed: nobody can compare it.
      return false;
    }
    const isCopy = this.#skipCopyOf(file, original);
    original.close();
    return isCopy;
  }

  /** Moves the file to what is new in it. false: not to be read yet. */
  settle(file: LogFile): boolean {
    if (this.#original !== undefined && file.size > file.offset) {
      const copied = commonPrefix(file, this.#original, file.offset);
      if (copied < file.size) this.#original = undefined;
      file.seek(lineStart(file, copied));
    }
    if (this.#search === undefined) return true;
    const { tail, until, unstamped } = this.#search;
    const isOver = this.#clock.monotonic() >= until;
    const last = findLastRead(file, tail, isOver ? "settled" : "going on");
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

  /** What is in the file now may have been read. */
  #doubt(file: LogFile, unstamped: Unstamped): void {
    const until = file.size;
    if (until > file.offset) this.#doubts.set(file, { until, unstamped, begun: false });
  }

  /** Reading begins in a file that may be the one of a saved cursor. */
  doubtResumed(
    file: LogFile,
    cursor: FileCursor,
    { outcome, alone }: Pick<Unread, "outcome" | "alone">,
  ): void {
    if (outcome === "lost") this.#doubt(file, sameFile(file.identity, cursor) ? "unknown" : "new");
    else if (alone === true) this.#doubt(file, "new");
  }

  /** The file loses its name before the last line was found in it. */
  leave(file: LogFile): void {
    const unstamped = this.#search?.unstamped;
    if (unstamped !== undefined) this.#doubt(file, unstamped);
  }

  /** Of the lines that were taken from a file just now. */
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
