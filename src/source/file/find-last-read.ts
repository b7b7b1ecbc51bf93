/**
 * Where the last line that was read is in a rewritten text: by an editor, by `sed -i`, by whoever keeps only
 * the last lines of a log, or copied to another name. Known by the bytes before the position, which the cursor carries.
 */
import { TAIL_BOUND } from "./file-cursor.ts";
import type { LogFile } from "./log-file.ts";

/** Fewer bytes do not identify a line. */
export const TELLING_BYTES = 32;
/** Without a time in it, the same line may come again as a new one. */
const TIME = /\d:\d\d:\d\d|\d{9}/;
const CHUNK = 1_048_576;
/** How far back from its end a file is searched. */
const MAX_SEARCHED = 268_435_456;

/** `settled`: nobody writes at it any more, so that an older line than the last may be the newest that is left. */
export type Rewriting = "going on" | "settled";

export interface LastRead {
  /** The position after it. */
  readonly after: number;
  /** One line alone was recognized: what follows it may be older lines, in another order. */
  readonly alone: boolean;
}

/** The last line that was read; undefined when no line of it is there. */
export function findLastRead(
  file: LogFile,
  tail: Buffer,
  rewriting: Rewriting,
): LastRead | undefined {
  const lines = linesOf(tail);
  if (lines.length === 0) return undefined;
  const whole = Buffer.concat(lines);
  if (whole.length >= TELLING_BYTES) {
    const at = findBackwards(file, whole);
    if (at !== undefined) return { after: at + whole.length, alone: lines.length === 1 };
  }
  for (let from = 1; from < lines.length; from++) {
    const rest = Buffer.concat(lines.slice(from));
    if (rest.length >= TELLING_BYTES && file.read(0, rest.length).equals(rest))
      return { after: rest.length, alone: from === lines.length - 1 };
  }
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i];
    if (line !== undefined && isTelling(line, lines)) {
      const at = findBackwards(file, line);
      if (at !== undefined) return { after: at + line.length, alone: true };
    }
    if (rewriting === "going on") return undefined;
  }
  return undefined;
}

/** Up to where a file that is new here holds what another one holds; 0: they have nothing to do with each other. */
export function findCopied(copy: LogFile, original: LogFile): number {
  const prefix = commonPrefix(copy, original, 0);
  if (prefix >= TELLING_BYTES) return lineStart(copy, prefix);
  const last = linesOf(copy.read(Math.max(0, copy.size - TAIL_BOUND), TAIL_BOUND)).at(-1);
  if (last === undefined || !isTelling(last, [last])) return 0;
  return findBackwards(original, last, CHUNK) === undefined ? 0 : lineStart(copy, copy.size);
}

/** The end of what two files have in common from `from` on. */
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

/** The beginning of the line that `position` is in. */
export function lineStart(file: LogFile, position: number): number {
  for (let end = position; end > 0; ) {
    const from = Math.max(0, end - CHUNK);
    const found = file.read(from, end - from).lastIndexOf(10);
    if (found >= 0) return from + found + 1;
    end = from;
  }
  return 0;
}

/** Complete lines with their newlines; the first may lack its beginning, and is left out then. */
function linesOf(tail: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  const isWhole = tail.length < TAIL_BOUND;
  let start = isWhole ? 0 : tail.indexOf(10) + 1;
  for (let end = tail.indexOf(10, start); end >= 0; end = tail.indexOf(10, start)) {
    lines.push(tail.subarray(start, end + 1));
    start = end + 1;
  }
  // One line that is longer than what is kept: its end tells it.
  return lines.length === 0 && tail.at(-1) === 10 ? [tail] : lines;
}

function isTelling(line: Buffer, among: readonly Buffer[]): boolean {
  if (line.length < TELLING_BYTES || !TIME.test(line.toString("latin1"))) return false;
  return among.filter((other) => other.equals(line)).length === 1;
}

/** The last place of `text` in the file where a line begins, or where it ends one that is longer than what is kept. */
function findBackwards(file: LogFile, text: Buffer, limit = MAX_SEARCHED): number | undefined {
  const { size } = file;
  for (let end = size; end > Math.max(0, size - limit); ) {
    const from = Math.max(0, end - CHUNK);
    const chunk = file.read(from, end - from + text.length - 1);
    for (let at = chunk.lastIndexOf(text); at >= 0; at = chunk.lastIndexOf(text, at - 1)) {
      const isStart = from + at === 0 || file.read(from + at - 1, 1)[0] === 10;
      if (isStart || text.length === TAIL_BOUND) return from + at;
      if (at === 0) break;
    }
    end = from;
  }
  return undefined;
}
