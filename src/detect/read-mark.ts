/**
 * How far a jail has read, in the time of its log, and the last lines that meant something to it. When the jail moves to
 * another place (from a file to the journal), lines that are in both places are recognized by it and count once.
 *
 * States: settled (reads where it always did) and moving (a move began: `before` is what was read at the places left).
 * A move is final only once the new place was read to its end, so that a daemon killed meanwhile starts it again.
 * Bounded: MAX_RECENT lines, those of the last few seconds.
 */
import { type Instant, instant } from "../domain/instant.ts";

/** Two places stamp one line so far apart at most: one of them may keep whole seconds. */
const TOLERANCE_MS = 2000;
const MAX_RECENT = 256;

interface RecentLine {
  readonly at: number;
  /** See `printOf`. */
  readonly print: number;
}

interface Extent {
  /** Of the newest line; -Infinity: none was read. */
  readonly at: number;
  readonly recent: readonly RecentLine[];
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
  #before: { readonly at: number; readonly recent: RecentLine[] } | undefined;
  #isChanged = false;

  /** Where its lines came from last; undefined: it has read nothing yet. */
  get place(): string | undefined {
    return this.#place;
  }

  /** Lines with an older stamp have all been read. */
  get readUntil(): Instant {
    return instant(Math.max(0, this.#at - TOLERANCE_MS));
  }

  /** Starts a move: what was read so far is recognized from now on. */
  beginMove(): void {
    this.#before = { at: this.#at, recent: [...this.#recent] };
    this.#isChanged = true;
  }

  settle(place: string): void {
    if (this.#place === place) return;
    this.#place = place;
    this.#isChanged = true;
  }

  /**
   * Whether a line was read before at another place; otherwise notes that it is read now. To be asked once for each line.
   * Of a line that is written at this moment only its like is looked for: an old stamp does not prove that it was read.
   */
  isReread(at: Instant, print: number, arrival: "live" | "backlog"): boolean {
    const before = this.#before;
    if (before !== undefined && at <= before.at + TOLERANCE_MS) {
      if (arrival === "backlog" && at < before.at - TOLERANCE_MS) return true;
      if (takeLike(before.recent, at, print)) return true;
    }
    this.#note(at, print);
    return false;
  }

  /** The wall clock was stepped. */
  shift(step: number): void {
    this.#at += step;
    this.#recent = this.#recent.map(({ at, print }) => ({ at: at + step, print }));
    if (this.#before === undefined) return;
    const { at: end, recent } = this.#before;
    const shifted = recent.map(({ at, print }) => ({ at: at + step, print }));
    this.#before = { at: end + step, recent: shifted };
  }

  /** What to save, when something changed since the last call. */
  takeChange(): SavedMark | undefined {
    if (!this.#isChanged || this.#place === undefined) return undefined;
    this.#isChanged = false;
    const read = { at: this.#at, recent: this.#recent };
    return { place: this.#place, read, before: this.#before };
  }

  restore({ place, read, before }: SavedMark): void {
    this.#place = place;
    this.#at = read.at;
    this.#recent = [...read.recent];
    this.#before = before && { at: before.at, recent: [...before.recent] };
  }

  #note(at: Instant, print: number): void {
    this.#isChanged = true;
    const newest = Math.max(this.#at, at);
    // What is older than the tolerance is told by its stamp alone.
    if (newest > this.#at && this.#recent.length > 0) {
      const first = this.#recent.findIndex((line) => line.at >= newest - 2 * TOLERANCE_MS);
      if (first !== 0) this.#recent.splice(0, first < 0 ? this.#recent.length : first);
    }
    this.#at = newest;
    if (at < newest - 2 * TOLERANCE_MS) return;
    if (this.#recent.length >= MAX_RECENT) this.#recent.shift();
    this.#recent.push({ at, print });
  }
}

/** Takes the line out that is most like it in time, so that two equal lines are told from one. */
function takeLike(recent: RecentLine[], at: number, print: number): boolean {
  let best = -1;
  let distance = TOLERANCE_MS + 1;
  for (const [i, line] of recent.entries()) {
    const apart = Math.abs(line.at - at);
    if (line.print !== print || apart >= distance) continue;
    best = i;
    distance = apart;
  }
  if (best >= 0) recent.splice(best, 1);
  return best >= 0;
}

/** So much of a message tells it from others. */
const MAX_PRINTED = 1000;

/**
 * What two copies of one message in [from, end) have in common: its letters, digits and marks. Blanks at the ends are cut
 * by some writers, and control characters are written as "#011" by others.
 */
export function printOf(text: string, from: number, end: number): number {
  const stop = Math.min(end, from + MAX_PRINTED);
  let hash = 0x811c9dc5;
  for (let i = from; i < stop; i++) {
    const code = text.charCodeAt(i);
    // "#" and the three digits of an escaped character.
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
