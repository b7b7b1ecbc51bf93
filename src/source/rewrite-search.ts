/**
 * Where reading goes on in a file whose text is not the one that was read so far. Owns what is looked for.
 *
 * States: idle; searching (the file was written anew, the last line that was read may still come back; left when it is found
 * or the time is over); copying (the file is a copy of another log, which may still be written; left when they differ).
 */
import type { Clock } from "../domain/clock.ts";
import { commonPrefix, findCopied, findLastRead, lineStart } from "./find-last-read.ts";
import type { LogFile } from "./log-file.ts";

/** A file that is written anew has its whole text again within this time. */
const REWRITING_MS = 1000;

export class RewriteSearch {
  readonly #clock: Clock;
  readonly #report: (how: string) => void;
  #search: { readonly tail: Buffer; readonly until: number } | undefined;
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
  begin(tail: Buffer, rewriting: "going on" | "complete"): void {
    const sought = tail.length > 0 ? tail : this.#search?.tail;
    if (sought === undefined) return;
    const until = rewriting === "complete" ? 0 : this.#clock.monotonic() + REWRITING_MS;
    this.#search = { tail: sought, until };
  }

  /** A copy of a log under another name that the patterns take: what the log had then was read there. */
  skipCopied(file: LogFile, others: readonly LogFile[]): void {
    for (const original of others) {
      const copied = findCopied(file, original);
      if (copied <= file.offset) continue;
      file.seek(copied);
      this.#original = original;
      this.#report(`its first ${copied} bytes are a copy of ${original.path}`);
      return;
    }
  }

  /** Moves the file to what is new in it. false: not to be read yet. */
  settle(file: LogFile): boolean {
    if (this.#original !== undefined && file.size > file.offset) {
      const copied = commonPrefix(file, this.#original, file.offset);
      if (copied < file.size) this.#original = undefined;
      file.seek(lineStart(file, copied));
    }
    if (this.#search === undefined) return true;
    const { tail, until } = this.#search;
    const isOver = this.#clock.monotonic() >= until;
    const after = findLastRead(file, tail, isOver ? "settled" : "going on");
    if (after === undefined && !isOver) return false;
    this.#search = undefined;
    if (after !== undefined) {
      file.seek(after);
      this.#report("written anew; reading goes on after the last line that was read");
    } else if (until > 0) this.#report("it was emptied in place");
    return true;
  }
}
