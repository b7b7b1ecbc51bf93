/**
 * Finds the position of the last line read in a rewritten text: edited, processed by `sed -i`, truncated to its last
 * lines, or copied to another name. Compares the bytes before the position, which the cursor stores. Searches in slices,
 * between which other work runs and the files may change: a position is confirmed before it is returned.
 */
import { MAX_TAIL_BYTES } from "./file-cursor.ts";
import type { LogFile } from "./log-file.ts";
import { nextSlice, SLICE_BYTES } from "./next-slice.ts";

/** Minimum length in bytes of a text that identifies a position. */
export const MIN_IDENTIFYING_BYTES = 32;
/** Matches a time. A line without one does not identify a position, because a new line may be equal. */
const TIME = /\d:\d\d:\d\d|\d{9}/;
/** Number of bytes from its end in which a file is searched. */
const MAX_SEARCHED = 268_435_456;

/** `settled`: no process writes to it any more, so an older line than the last may be the newest one left. */
export type Rewriting = "ongoing" | "settled";

export interface LastRead {
  /** Where the recognized text begins. New lines may come before it, if it was written back behind them. */
  readonly from: number;
  /** The offset after the line. */
  readonly after: number;
  /** Only one line was recognized, or equal ones: what follows may be older lines, in another order. */
  readonly alone: boolean;
}

/** Finds the last line that was read; undefined if the file contains none of the known lines. */
export async function findLastRead(
  file: LogFile,
  tail: Buffer,
  rewriting: Rewriting,
  signal: AbortSignal,
): Promise<LastRead | undefined> {
  const lines = linesOf(tail);
  if (lines.length === 0) return undefined;
  const whole = Buffer.concat(lines);
  if (whole.length >= MIN_IDENTIFYING_BYTES) {
    const at = await findBackwards(file, whole, signal);
    if (at !== undefined) return found(at, lines);
  }
  for (let from = 1; from < lines.length; from++) {
    const left = lines.slice(from);
    const rest = Buffer.concat(left);
    if (rest.length >= MIN_IDENTIFYING_BYTES && file.read(0, rest.length).equals(rest))
      return found(0, left);
  }
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i];
    if (line !== undefined && isIdentifying(line, lines)) {
      const at = await findBackwards(file, line, signal);
      if (at !== undefined) return found(at, [line]);
    }
    if (rewriting === "ongoing") return undefined;
  }
  return undefined;
}

function found(from: number, lines: readonly Buffer[]): LastRead {
  const [first] = lines;
  const alone = lines.every((line) => first?.equals(line));
  return { from, after: from + lines.reduce((sum, { length }) => sum + length, 0), alone };
}

/** Returns the offset up to which `copy` repeats what `original` contains; 0: they are unrelated. */
export async function findCopied(
  copy: LogFile,
  original: LogFile,
  signal: AbortSignal,
): Promise<number> {
  const prefix = await commonPrefix(copy, original, { from: 0, signal });
  if (prefix >= MIN_IDENTIFYING_BYTES) return lineStart(copy, prefix, signal);
  const last = linesOf(copy.read(Math.max(0, copy.size - MAX_TAIL_BYTES), MAX_TAIL_BYTES)).at(-1);
  if (last === undefined || !isIdentifying(last, [last])) return 0;
  const found = await findBackwards(original, last, signal, SLICE_BYTES);
  return found === undefined ? 0 : lineStart(copy, copy.size, signal);
}

/** Returns the offset at which two files begin to differ, comparing from offset `from`. */
export async function commonPrefix(
  a: LogFile,
  b: LogFile,
  { from, signal }: { readonly from: number; readonly signal: AbortSignal },
): Promise<number> {
  // Most files differ in their first bytes.
  let buffers = [Buffer.alloc(MIN_IDENTIFYING_BYTES), Buffer.alloc(MIN_IDENTIFYING_BYTES)] as const;
  for (let at = from; ; ) {
    const [left, right] = buffers;
    const { length } = left;
    const same = commonLength(a.read(at, length, left), b.read(at, length, right));
    at += same;
    if (same < length) return isStillCommon(a, b, { from, at }) ? at : from;
    await nextSlice(signal);
    const half = SLICE_BYTES / 2;
    if (length < half) buffers = [Buffer.allocUnsafeSlow(half), Buffer.allocUnsafeSlow(half)];
  }
}

/** Returns how many first bytes of two texts are equal. */
export function commonLength(left: Buffer, right: Buffer): number {
  const length = Math.min(left.length, right.length);
  if (left.subarray(0, length).equals(right.subarray(0, length))) return length;
  let same = 0;
  while (left[same] === right[same]) same++;
  return same;
}

/** Returns whether neither file was emptied or rewritten during the comparison. */
function isStillCommon(
  a: LogFile,
  b: LogFile,
  { from, at }: { readonly from: number; readonly at: number },
): boolean {
  const first = Math.max(from, at - MAX_TAIL_BYTES);
  const [left, right] = [a.read(first, at - first), b.read(first, at - first)];
  return left.length === at - first && left.equals(right);
}

/** Returns the start of the line that contains `position`. */
export async function lineStart(
  file: LogFile,
  position: number,
  signal: AbortSignal,
): Promise<number> {
  for (let end = position; end > 0; await nextSlice(signal)) {
    const from = Math.max(0, end - SLICE_BYTES);
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
async function findBackwards(
  file: LogFile,
  text: Buffer,
  signal: AbortSignal,
  limit = MAX_SEARCHED,
): Promise<number | undefined> {
  const { size } = file;
  const buffer = Buffer.allocUnsafeSlow(SLICE_BYTES + text.length);
  for (let end = size; end > Math.max(0, size - limit); await nextSlice(signal)) {
    const from = Math.max(0, end - SLICE_BYTES);
    // With the byte before, which shows whether a line begins here.
    const first = Math.max(0, from - 1);
    const bytes = file.read(first, end - first + text.length - 1, buffer);
    const at = lastBeginning(bytes, text, from - first);
    if (at !== undefined) return first + at;
    end = from;
  }
  return undefined;
}

/** Returns the last position from `from` on at which the text is a line, as `findBackwards`. */
function lastBeginning(bytes: Buffer, text: Buffer, from: number): number | undefined {
  for (let at = bytes.lastIndexOf(text); at >= from; at = bytes.lastIndexOf(text, at - 1)) {
    if (at === 0 || bytes[at - 1] === 10 || text.length === MAX_TAIL_BYTES) return at;
  }
  return undefined;
}
