/**
 * Tracks whether lines about failed logins have their expected record in btmp. That shows whether btmp is reliable, and
 * which lines another program may have written. Bounded by `MAX_LINES`.
 */
import { type Instant, instant } from "../../domain/instant.ts";
import type { Ip } from "../../domain/ip.ts";
import type { RecordPresence } from "./recorded-failures.ts";

export interface RecordedLine {
  readonly ip: Ip;
  readonly at: Instant;
}

interface PendingLine extends RecordedLine {
  readonly heardAt: Instant;
}

const MAX_LINES = 512;
/** A service writes a line and its btmp record together, but they are read separately: how long to wait for the record. */
const RECORD_DELAY_MS = 10_000;
/**
 * After this many lines without a record, over this long and with none recorded in between, the service no longer
 * writes records.
 */
const MIN_UNRECORDED = 5;
const GIVE_WAY_MS = 600_000;

export class RecordedLines {
  #pending: PendingLine[] = [];
  /** The newest unrecorded lines. */
  #unrecorded: RecordedLine[] = [];
  /** Time of the newest line with a record; undefined: none had one. */
  #recordedAt: Instant | undefined;
  /** Number of unrecorded lines since the last recorded one. */
  #run = 0;
  #runSince: Instant | undefined;

  add(line: RecordedLine, now: Instant): void {
    if (this.#pending.length >= MAX_LINES) this.#pending.splice(0, MAX_LINES / 2);
    this.#pending.push({ ...line, heardAt: now });
  }

  /** Looks up the records of waiting lines; call it after the records were read. */
  settle(find: (line: RecordedLine) => RecordPresence, now: Instant): void {
    this.#pending = this.#pending.filter((line) => {
      const found = find(line);
      if (found === "recorded") this.#noteRecorded(line);
      else if (now - line.heardAt < RECORD_DELAY_MS) return true;
      else if (found === "missing") this.#noteUnrecorded(line, now);
      return false;
    });
  }

  #noteRecorded({ at, heardAt }: PendingLine): void {
    this.#recordedAt = instant(Math.max(this.#recordedAt ?? 0, Math.min(at, heardAt)));
    this.#run = 0;
    this.#runSince = undefined;
  }

  #noteUnrecorded({ ip, at }: RecordedLine, now: Instant): void {
    this.#unrecorded.push({ ip, at });
    if (this.#unrecorded.length > MAX_LINES) this.#unrecorded.splice(0, MAX_LINES / 2);
    this.#run++;
    this.#runSince ??= now;
  }

  /**
   * Shifts all times after a step of the wall clock by `step` milliseconds, except the timestamps of pending lines,
   * which are compared with those of records.
   */
  shift(step: number): void {
    const moved = (at: Instant): Instant => instant(at + step);
    this.#pending = this.#pending.map((line) => ({ ...line, heardAt: moved(line.heardAt) }));
    this.#unrecorded = this.#unrecorded.map((line) => ({ ...line, at: moved(line.at) }));
    this.#runSince &&= moved(this.#runSince);
    this.#recordedAt &&= moved(this.#recordedAt);
  }

  /** Whether any line ever had its record. */
  get wasRecorded(): boolean {
    return this.#recordedAt !== undefined;
  }

  /** Returns whether a line of after this time had its record. */
  wasRecordedAfter(then: number): boolean {
    return this.#recordedAt !== undefined && this.#recordedAt > then;
  }

  /** Reports whether a line without a record is suspicious: the service still writes records, as far as known. */
  isReliable(now: Instant): boolean {
    const isOver =
      this.#run >= MIN_UNRECORDED &&
      this.#runSince !== undefined &&
      now - this.#runSince >= GIVE_WAY_MS;
    return this.wasRecorded && !isOver;
  }

  /** Returns unrecorded lines since `then`, oldest first. */
  unrecordedSince(then: Instant): readonly RecordedLine[] {
    return this.#unrecorded.filter(({ at }) => at >= then);
  }
}
