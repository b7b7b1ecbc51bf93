/**
 * Tracks how far a jail has read, in log time, and its last relevant lines. When the jail moves to another place (from
 * a file to the journal), it recognizes lines that are in both places and counts them once.
 *
 * States: settled (reads where it always did) and moving (a move began: `before` is what was read at the former
 * places). A move is final only once the new place was read to its end, so a daemon killed before that starts it again.
 * Bounded: MAX_RECENT lines of the last few seconds; beyond that, the number of lines per second.
 */
import { type Instant, instant } from "../domain/instant.ts";

/** Maximum difference between the timestamps of one line in two places: one may have whole seconds. */
export const TOLERANCE_MS = 2000;
const MAX_RECENT = 256;

interface RecentLine {
  readonly at: number;
  /** See `printOf`. */
  readonly print: number;
}

/** Number of lines of one second that were read but are not remembered individually. */
interface CountedLines {
  /** The first millisecond of the second. */
  readonly second: number;
  readonly count: number;
}

interface Extent {
  /** Time of the newest line; -Infinity: none was read. */
  readonly at: number;
  readonly recent: readonly RecentLine[];
  readonly counted: readonly CountedLines[];
}

export interface SavedMark {
  readonly place: string;
  readonly read: Extent;
  readonly before: Extent | undefined;
}

export class ReadMark {
  #place: string | undefined;
  #at = Number.NEGATIVE_INFINITY;
  #recent: RecentLine[] = [];
  #counted: CountedLines[] = [];
  #before: ReadLines | undefined;
  #isChanged = false;

  /** The place of the last lines read; undefined: none was read yet. */
  get place(): string | undefined {
    return this.#place;
  }

  /** Time before which all lines have been read. */
  get readUntil(): Instant {
    return instant(Math.max(0, this.#at - TOLERANCE_MS));
  }

  /** Starts a move. Lines read so far are recognized from now on. */
  beginMove(): void {
    this.#before = this.readLines();
    this.#isChanged = true;
  }

  /** Returns the lines read so far. */
  readLines(): ReadLines {
    return new ReadLines(this.#extent());
  }

  settle(place: string): void {
    if (this.#place === place) return;
    this.#place = place;
    this.#isChanged = true;
  }

  /**
   * Returns whether a line was read before at another place; otherwise records it as read now. Call it once for each
   * line. A live line is only compared by its text: an old timestamp does not prove that it was read.
   */
  isReread(at: Instant, print: number, arrival: "live" | "backlog"): boolean {
    const before = this.#before;
    if (before !== undefined && at <= before.at + TOLERANCE_MS) {
      if (arrival === "backlog" && before.isOlder(at)) return true;
      if (before.takeLike(at, print, TOLERANCE_MS)) return true;
    }
    this.note(at, print);
    return false;
  }

  /** Adjusts all times to a step of the wall clock, in milliseconds. */
  shift(step: number): void {
    this.#isChanged = true;
    this.#at += step;
    this.#recent = shiftLines(this.#recent, step);
    this.#counted = shiftCounts(this.#counted, step);
    this.#before = this.#before?.shifted(step);
  }

  /** Returns what to save; undefined if nothing changed since the last call. */
  takeChange(): SavedMark | undefined {
    if (!this.#isChanged || this.#place === undefined) return undefined;
    this.#isChanged = false;
    return { place: this.#place, read: this.#extent(), before: this.#before?.extent() };
  }

  /**
   * Restores a saved mark. If its time is after `now`, the clock was set back while no daemon ran: then timestamps do
   * not show what was read, and the times are forgotten, so that no new line is skipped.
   */
  restore({ place, read, before }: SavedMark, now: Instant): void {
    const { at, recent, counted } = withoutFuture(read, now);
    this.#place = place;
    this.#at = at;
    this.#recent = [...recent];
    this.#counted = [...counted];
    this.#before = before && new ReadLines(withoutFuture(before, now));
  }

  #extent(): Extent {
    return { at: this.#at, recent: this.#recent, counted: this.#counted };
  }

  /** Records a line as read. */
  note(at: Instant, print: number): void {
    this.#isChanged = true;
    const newest = Math.max(this.#at, at);
    // Forget lines older than the tolerance, because their timestamp alone shows that they were read.
    if (newest > this.#at && this.#recent.length > 0) {
      const first = this.#recent.findIndex((line) => line.at >= newest - 2 * TOLERANCE_MS);
      if (first !== 0) this.#recent.splice(0, first < 0 ? this.#recent.length : first);
      if (this.#counted.length > 0)
        this.#counted = this.#counted.filter(({ second }) => second >= newest - 3 * TOLERANCE_MS);
    }
    this.#at = newest;
    if (at < newest - 2 * TOLERANCE_MS) return;
    const oldest = this.#recent.length >= MAX_RECENT ? this.#recent.shift() : undefined;
    if (oldest !== undefined) this.#count(oldest.at);
    this.#recent.push({ at, print });
  }

  #count(at: number): void {
    const second = Math.floor(at / SECOND) * SECOND;
    const i = this.#counted.findIndex((line) => line.second === second);
    const count = (this.#counted[i]?.count ?? 0) + 1;
    if (i < 0) this.#counted.push({ second, count });
    else this.#counted[i] = { second, count };
  }
}

const SECOND = 1000;
const NOTHING_READ: Extent = { at: Number.NEGATIVE_INFINITY, recent: [], counted: [] };

function withoutFuture(extent: Extent, now: Instant): Extent {
  return extent.at > now + TOLERANCE_MS ? NOTHING_READ : extent;
}

/**
 * The lines that a jail had read at some moment. A recognized line is removed, so that two equal lines are not taken
 * for one.
 */
export class ReadLines {
  readonly at: number;
  readonly #recent: RecentLine[];
  readonly #counted: { second: number; count: number }[];

  constructor({ at, recent, counted }: Extent) {
    this.at = at;
    this.#recent = [...recent];
    this.#counted = counted.map((one) => ({ ...one }));
  }

  /**
   * Returns whether a line of the same log was among them, with exactly the same timestamp. The last lines are
   * recognized by their text, because newer lines have the same timestamps.
   */
  hasTaken(at: Instant, print: number): boolean {
    return this.isOlder(at) || (at <= this.at && this.takeLike(at, print, 0));
  }

  /** Returns whether its timestamp alone proves that a line was read. */
  isOlder(at: Instant): boolean {
    if (at >= this.at - TOLERANCE_MS) return false;
    this.#takeCounted(at, 0);
    return true;
  }

  /**
   * Removes the remembered line that is closest in time. Where lines are only counted, the first ones count as read.
   */
  takeLike(at: number, print: number, tolerance: number): boolean {
    let best = -1;
    let distance = tolerance + 1;
    for (const [i, line] of this.#recent.entries()) {
      const apart = Math.abs(line.at - at);
      if (line.print !== print || apart >= distance) continue;
      best = i;
      distance = apart;
    }
    if (best >= 0) this.#recent.splice(best, 1);
    return best >= 0 || this.#takeCounted(at, tolerance);
  }

  #takeCounted(at: number, tolerance: number): boolean {
    const found = this.#counted.find(
      ({ second, count }) =>
        count > 0 && at >= second - tolerance && at < second + SECOND + tolerance,
    );
    if (found === undefined) return false;
    found.count--;
    return true;
  }

  shifted(step: number): ReadLines {
    const { at, recent, counted } = this.extent();
    return new ReadLines({
      at: at + step,
      recent: shiftLines(recent, step),
      counted: shiftCounts(counted, step),
    });
  }

  extent(): Extent {
    return { at: this.at, recent: this.#recent, counted: this.#counted };
  }
}

function shiftLines(lines: readonly RecentLine[], step: number): RecentLine[] {
  return lines.map(({ at, print }) => ({ at: at + step, print }));
}

function shiftCounts(counts: readonly CountedLines[], step: number): CountedLines[] {
  return counts.map(({ second, count }) => ({ second: second + step, count }));
}

/** Maximum number of characters of a message that its hash covers. */
const MAX_PRINTED = 1000;

/**
 * Hashes what two copies of a message in [from, end) have in common: letters, digits and punctuation. Some writers trim
 * spaces at the ends, and others write control characters as "#011".
 */
export function printOf(text: string, from: number, end: number): number {
  const stop = Math.min(end, from + MAX_PRINTED);
  let hash = 0x811c9dc5;
  for (let i = from; i < stop; i++) {
    const code = text.charCodeAt(i);
    // Skip "#" and the three digits of an escaped character.
    if (code === 35) i += isOctal(text, i + 1) ? 3 : 0;
    else if (code > 32) hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash >>> 0;
}

function isOctal(text: string, at: number): boolean {
  for (let i = at; i < at + 3; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= 48 && code <= 55)) return false;
  }
  return true;
}
