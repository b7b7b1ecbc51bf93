/**
 * Finds the position of the last line read in a rewritten text: edited, processed by `sed -i`, truncated to its last
 * lines, or copied to another name. Compares the bytes before the position, which the cursor stores.
 */
import { MAX_TAIL_BYTES } from "./file-cursor.ts";
import type { LogFile } from "./log-file.ts";

/** Minimum length in bytes of a text that identifies a position. */
export const MIN_IDENTIFYING_BYTES = 32;
/** Matches a time. A line without one does not identify a position, because a new line may be equal. */
const TIME = /\d:\d\d:\d\d|\d{9}/;
const CHUNK = 1_048_576;
/** Number of bytes from its end in which a file is searched. */
const MAX_SEARCHED = 268_435_456;

/** `settled`: no process writes to it any more, so an older line than the last may be the newest one left. */
export type Rewriting = "ongoing" | "settled";

export interface LastRead {
  /** Where the recognized text begins. New lines may come before it, if it was written back behind them. */
  readonly from: number;
  /** The offset after the line. */
  readonly after: number;
  /** Only one line was recognized: what follows may be older lines, in another order. */
  readonly alone: boolean;
}

/** Finds the last line that was read; undefined if the file contains none of the known lines. */
export function findLastRead(
  file: LogFile,
  tail: Buffer,
  rewriting: Rewriting,
): LastRead | undefined {
  const lines = linesOf(tail);
  if (lines.length === 0) return undefined;
  const whole = Buffer.concat(lines);
  if (whole.length >= MIN_IDENTIFYING_BYTES) {
    const at = findBackwards(file, whole);
    if (at !== undefined) return found(at, whole.length, lines.length === 1);
  }
  for (let from = 1; from < lines.length; from++) {
    const rest = Buffer.concat(lines.slice(from));
    if (rest.length >= MIN_IDENTIFYING_BYTES && file.read(0, rest.length).equals(rest))
      return found(0, rest.length, from === lines.length - 1);
  }
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i];
    if (line !== undefined && isIdentifying(line, lines)) {
      const at = findBackwards(file, line);
      if (at !== undefined) return found(at, line.length, true);
    }
    if (rewriting === "ongoing") return undefined;
  }
  return undefined;
}

function found(from: number, length: number, alone: boolean): LastRead {
  return { from, after: from + length, alone };
}

/** Returns the offset up to which `copy` repeats what `original` contains; 0: they are unrelated. */
export function findCopied(copy: LogFile, original: LogFile): number {
  const prefix = commonPrefix(copy, original, 0);
  if (prefix >= MIN_IDENTIFYING_BYTES) return lineStart(copy, prefix);
  const last = linesOf(copy.read(Math.max(0, copy.size - MAX_TAIL_BYTES), MAX_TAIL_BYTES)).at(-1);
  if (last === undefined || !isIdentifying(last, [last])) return 0;
  return findBackwards(original, last, CHUNK) === undefined ? 0 : lineStart(copy, copy.size);
}

/** Returns the offset at which two files begin to differ, comparing from offset `from`. */
export function commonPrefix(a: LogFile, b: LogFile, from: number): number {
  for (let at = from; ; ) {
    const [left, right] = [a.read(at, CHUNK), b.read(at, CHUNK)];
    const length = Math.min(left.length, right.length);
    if (length === 0) return at;
    if (!left.subarray(0, length).equals(right.subarray(0, length))) {
      let same = 0;
      while (left[same] === right[same]) same++;
      return at + same;
    }
    at += length;
  }
}

/** Returns the start of the line that contains `position`. */
export function lineStart(file: LogFile, position: number): number {
  for (let end = position; end > 0; ) {
    const from = Math.max(0, end - CHUNK);
    const found = file.read(from, end - from).lastIndexOf(10);
    if (found >= 0) return from + found + 1;
    end = from;
  }
  return 0;
}

/** Returns complete lines with their newlines; an incomplete first line is left out. */
function linesOf(tail: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  const isWhole = tail.length < MAX_TAIL_BYTES;
  let start = isWhole ? 0 : tail.indexOf(10) + 1;
  for (let end = tail.indexOf(10, start); end >= 0; end = tail.indexOf(10, start)) {
    lines.push(tail.subarray(start, end + 1));
    start = end + 1;
  }
  // A line longer than the kept bytes is identified by its end.
  return lines.length === 0 && tail.at(-1) === 10 ? [tail] : lines;
}

/** Returns whether the last line of a text occurs once in it, with a time. */
export function isIdentifyingEnd(tail: Buffer): boolean {
  const lines = linesOf(tail);
  const last = lines.at(-1);
  return last !== undefined && isIdentifying(last, lines);
}

/** Returns the first line of a text, if it identifies the text. */
export function lineWithTime(head: Buffer): Buffer | undefined {
  const line = head.subarray(0, head.indexOf(10) + 1);
  return isIdentifying(line, [line]) ? line : undefined;
}

function isIdentifying(line: Buffer, among: readonly Buffer[]): boolean {
  if (line.length < MIN_IDENTIFYING_BYTES || !TIME.test(line.toString("latin1"))) return false;
  return among.filter((other) => other.equals(line)).length === 1;
}

/**
 * Returns the last offset at which `text` occurs as the beginning of a line, or as the end of one longer than the kept
 * bytes.
 */
function findBackwards(file: LogFile, text: Buffer, limit = MAX_SEARCHED): number | undefined {
  const { size } = file;
  for (let end = size; end > Math.max(0, size - limit); ) {
    const from = Math.max(0, end - CHUNK);
    const chunk = file.read(from, end - from + text.length - 1);
    for (let at = chunk.lastIndexOf(text); at >= 0; at = chunk.lastIndexOf(text, at - 1)) {
      const isStart = from + at === 0 || file.read(from + at - 1, 1)[0] === 10;
      if (isStart || text.length === MAX_TAIL_BYTES) return from + at;
      if (at === 0) break;
    }
    end = from;
  }
  return undefined;
}
