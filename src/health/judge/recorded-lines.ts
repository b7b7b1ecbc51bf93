/**
 * Follows whether lines of failed logins, each of which the service should have recorded in btmp, have their record: to
 * know whether btmp can be relied on, and which lines somebody else may have written. Bounded by `MAX_LINES`.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";

export interface RecordedLine {
  readonly ip: Ip;
  readonly at: Instant;
}

interface PendingLine extends RecordedLine {
  readonly heardAt: Instant;
}

const MAX_LINES = 512;
/** The record is written with the line; both are read within a moment. */
const RECORD_DELAY_MS = 10_000;
/** So many lines without a record, over so long, with none that has one in between: nothing is recorded any more. */
const MIN_UNRECORDED = 5;
const GIVE_WAY_MS = 600_000;

export class RecordedLines {
  #pending: PendingLine[] = [];
  /** The newest. */
  #unrecorded: RecordedLine[] = [];
  #wasRecorded = false;
  /** Unrecorded lines since the last recorded one. */
  #run = 0;
  #runSince: Instant | undefined;

  add(line: RecordedLine, now: Instant): void {
    if (this.#pending.length >= MAX_LINES) this.#pending.splice(0, MAX_LINES / 2);
    this.#pending.push({ ...line, heardAt: now });
  }

  /** Call it after the records were read. */
  settle(isRecorded: (line: RecordedLine) => boolean, now: Instant): void {
    this.#pending = this.#pending.filter((line) => {
      if (isRecorded(line)) this.#noteRecorded();
      else if (now - line.heardAt < RECORD_DELAY_MS) return true;
      else this.#noteUnrecorded(line, now);
      return false;
    });
  }

  #noteRecorded(): void {
    this.#wasRecorded = true;
    this.#run = 0;
    this.#runSince = undefined;
  }

  #noteUnrecorded({ ip, at }: RecordedLine, now: Instant): void {
    this.#unrecorded.push({ ip, at });
    if (this.#unrecorded.length > MAX_LINES) this.#unrecorded.splice(0, MAX_LINES / 2);
    this.#run++;
    this.#runSince ??= now;
  }

  /** Whether any line ever had its record. */
  get wasRecorded(): boolean {
    return this.#wasRecorded;
  }

  /** Whether a line without a record is suspicious: records are written, as far as known. */
  isReliable(now: Instant): boolean {
    const isOver =
      this.#run >= MIN_UNRECORDED &&
      this.#runSince !== undefined &&
      now - this.#runSince >= GIVE_WAY_MS;
    return this.#wasRecorded && !isOver;
  }

  /** Oldest first. */
  unrecordedSince(then: Instant): readonly RecordedLine[] {
    return this.#unrecorded.filter(({ at }) => at >= then);
  }
}
