/**
 * Remembers the text of files that were emptied in place, because a program may write it back at any time. All other lines are new,
 * and none of them may be lost. So reading resumes behind the old text only if the file begins with it; elsewhere its
 * lines are possibly read before.
 */
import type { Clock } from "../../domain/clock.ts";
import { findLastRead, isIdentifyingEnd, lineWithTime } from "./find-last-read.ts";
import { LogFile } from "./log-file.ts";
import type { OldFile } from "./rotated-texts.ts";

/** Maximum number of unread bytes that are searched for the old text. */
const MAX_SEARCHED = 1_048_576;

type Text = Pick<LogFile, "tail" | "head">;

interface Emptied {
  readonly text: Text;
  /** The copy from which the rest of the old text is read. */
  readonly copy: OldFile | undefined;
  /** Monotonic time at which the file had content again; undefined: it has none yet. */
  since: number | undefined;
  isWaiting: boolean;
}

/**
 * What the unread lines are. wait: the beginning of the old text. new: not the old text. unknown: they may contain lines
 * of it. A number: the offset after the last line read.
 */
type Content = "wait" | "new" | "unknown" | number;

export class EmptiedFiles {
  readonly #clock: Clock;
  /** How long a program may take to write the text back, in milliseconds. */
  readonly #writingMs: number;
  readonly #signal: AbortSignal;
  readonly #files = new WeakMap<OldFile, Emptied>();

  constructor(clock: Clock, writingMs: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#writingMs = writingMs;
    this.#signal = signal;
  }

  /** Returns the monotonic time at which to check a file again; Infinity for never. */
  dueAt(file: LogFile): number {
    const { since, isWaiting = false } = this.#files.get(file) ?? {};
    return isWaiting && since !== undefined ? since + this.#writingMs : Infinity;
  }

  /** Remembers for each file but the first the text of the one before. `text`: of a file that cannot be searched. */
  rememberAll(files: readonly OldFile[], text: Text): void {
    for (const [i, copy] of files.slice(0, -1).entries()) {
      const file = files[i + 1];
      if (file instanceof LogFile) this.remember(file, text, copy);
    }
  }

  /** Remembers the text that was in a file. `copy`: where the rest of it is read. */
  remember(file: LogFile, { tail, head }: Text, copy: OldFile | undefined): void {
    // It was emptied again before it had content.
    if (tail.length === 0) return;
    this.#files.set(file, { text: { tail, head }, copy, since: undefined, isWaiting: false });
  }

  /** Continues with a file that replaced an emptied one. */
  succeed(file: LogFile, last: OldFile): void {
    const emptied = this.#files.get(last);
    if (emptied !== undefined) this.#files.set(file, emptied);
  }

  /** Judges the unread lines of a file. All files before it must be read. */
  async judge(file: LogFile, as: "current" | "retired"): Promise<Content> {
    const emptied = this.#files.get(file);
    if (emptied === undefined) return "new";
    const { offset } = file;
    const unread = file.read(offset, Math.min(MAX_SEARCHED, file.size - offset));
    if (!unread.includes(10)) return "new";
    const now = this.#clock.monotonic();
    const age = now - (emptied.since ??= now);
    const { tail, head } = emptied.copy instanceof LogFile ? emptied.copy : emptied.text;
    const firstLine = lineWithTime(head);
    const at = firstLine === undefined ? -1 : unread.indexOf(firstLine);
    const last =
      offset === 0 && isIdentifyingEnd(tail)
        ? await findLastRead(file, tail, "ongoing", this.#signal)
        : undefined;
    emptied.isWaiting = at === 0 && last === undefined && as === "current" && age < this.#writingMs;
    if (emptied.isWaiting) return "wait";
    // A single equal line may have been written again in the same second.
    const isFound = last !== undefined && !last.alone;
    if (at >= 0 || isFound) this.#files.delete(file);
    if (isFound && (at === 0 || last.from === 0)) return last.after;
    return isFound || at >= 0 ? "unknown" : "new";
  }
}
