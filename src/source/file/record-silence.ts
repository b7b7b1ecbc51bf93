/**
 * Reads records of several lines from log files. The last record of a file is taken once the next one begins, or once
 * the file has not grown for RECORD_SILENCE_MS, unless its last line is incomplete.
 */
import type { Clock } from "../../domain/clock.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import type { TakenLines } from "../take-lines.ts";
import { RECORD_SILENCE_MS } from "../join-lines.ts";
import { isSearching } from "./find-unread.ts";
import { LogFile } from "./log-file.ts";
import type { OldFile } from "./rotated-texts.ts";

const MAX_DELAY_MS = 2 * RECORD_SILENCE_MS;

interface Waiting {
  readonly size: number;
  /** Monotonic time at which the last record is taken; Infinity: its last line is incomplete. */
  readonly dueAt: number;
}

export class RecordSilence {
  readonly #start: RecordStart | undefined;
  readonly #clock: Clock;
  readonly #waiting = new WeakMap<OldFile, Waiting>();
  /** Monotonic time at which a retired file first delayed the files after it. */
  readonly #delaying = new WeakMap<OldFile, number>();

  /** Creates a reader. Without `start`, lines are taken as they are, and nothing waits. */
  constructor(start: RecordStart | undefined, clock: Clock) {
    this.#start = start;
    this.#clock = clock;
  }

  /** Returns the next lines of a file, like its own `next`. */
  async next(file: OldFile, buffer: Buffer): Promise<TakenLines | undefined> {
    const start = this.#start;
    if (start === undefined) return file.next(buffer);
    const taken = await file.next(buffer, { start });
    return taken ?? (isSearching(file) ? undefined : this.#takeSilent(file, buffer, start));
  }

  /** Monotonic time at which the last record of one of the files can be taken; Infinity: none waits. */
  dueAt(files: readonly (OldFile | undefined)[]): number {
    if (this.#start === undefined) return Infinity;
    const times = files.map((file) => (file && this.#waiting.get(file)?.dueAt) ?? Infinity);
    return Math.min(Infinity, ...times);
  }

  /**
   * Returns whether files after a retired one wait for its last record, so that no saved position skips it. Not for long: its
   * writer may continue beside them.
   */
  delays(retired: OldFile): boolean {
    if (this.dueAt([retired]) === Infinity) return false;
    const now = this.#clock.monotonic();
    const since = this.#delaying.get(retired) ?? now;
    this.#delaying.set(retired, since);
    return now - since < MAX_DELAY_MS;
  }

  #takeSilent(file: OldFile, buffer: Buffer, start: RecordStart): TakenLines | undefined {
    if (!(file instanceof LogFile)) return undefined;
    const { size, offset } = file;
    const now = this.#clock.monotonic();
    const known = this.#waiting.get(file);
    if (size === offset) {
      this.#waiting.delete(file);
    } else if (known?.size !== size) {
      this.#waiting.set(file, { size, dueAt: now + RECORD_SILENCE_MS });
    } else if (now >= known.dueAt) {
      this.#waiting.set(file, { size, dueAt: Infinity });
      return file.next(buffer, { start, more: "none" });
    }
    return undefined;
  }
}
