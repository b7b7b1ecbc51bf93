/**
 * Decodes the complete lines at the front of a buffer into one flat string. This is the hot path of reading: it
 * processes whole chunks with native searches and allocates nothing per line.
 *
 * Guarantees: "\n" ends each line, no "\r\n", no invalid UTF-8 (U+FFFD instead), and no line of more than
 * `MAX_LINE_BYTES` (`MAX_JSON_LINE_BYTES` if it begins with a brace): a longer one is cut at a character boundary, marked with
 * CUT_MARK and counted.
 */
import { isAscii } from "node:buffer";
import {
  CUT_MARK,
  type LineBatch,
  MAX_JSON_LINE_BYTES,
  MAX_LINE_BYTES,
} from "../domain/line-batch.ts";

const NEWLINE = 10;
const BRACE = 123;

/** Returns the maximum length in bytes of the line at `start`. */
export function maxBytesOfLine(buffer: Buffer, start: number): number {
  return buffer[start] === BRACE ? MAX_JSON_LINE_BYTES : MAX_LINE_BYTES;
}

export interface TakenLines {
  readonly text: string;
  /** Bytes of the buffer that were consumed: everything up to the last newline. */
  readonly bytes: number;
  readonly cutLines: number;
  /** Length in bytes of the longest line that was cut; 0 if none was. */
  readonly longestCut: number;
  /** Set if the lines are records that were joined. */
  readonly records?: LineBatch["records"];
}

export const NO_LINES: TakenLines = { text: "", bytes: 0, cutLines: 0, longestCut: 0 };

/** Returns undefined if buffer[0, end) contains no complete line. The first byte must be the start of a line. */
export function takeLines(buffer: Buffer, end: number): TakenLines | undefined {
  const last = end === 0 ? -1 : buffer.lastIndexOf(NEWLINE, end - 1);
  if (last < 0) return undefined;
  const parts: string[] = [];
  let [from, start, cutLines, longestCut] = [0, 0, 0, 0];
  while (start <= last) {
    // One search covers a maximum line: if it reaches the last newline, every line before it is short enough.
    const newline = buffer.lastIndexOf(NEWLINE, Math.min(start + MAX_LINE_BYTES, last));
    if (newline >= start) {
      start = newline + 1;
      continue;
    }
    const long = buffer.indexOf(NEWLINE, start + MAX_LINE_BYTES);
    const head = skipNuls(buffer, start, long);
    if (start > from) parts.push(decodeLines(buffer, from, start));
    parts.push(decodeLine(buffer, head, long, "complete"));
    if (long - head > maxBytesOfLine(buffer, head)) {
      cutLines++;
      longestCut = Math.max(longestCut, long - head);
    }
    from = start = long + 1;
  }
  if (last + 1 > from) parts.push(decodeLines(buffer, from, last + 1));
  return { text: parts.join(""), bytes: last + 1, cutLines, longestCut };
}

/** What is known of a line whose end is not in the buffer. */
export interface LastLine {
  /** Its length in bytes; only its beginning may be in the buffer. */
  readonly length: number;
  readonly ending: LineEnding;
}

/** Takes one line, of which buffer[0, end) contains the beginning or all. */
export function takeLine(buffer: Buffer, end: number, { length, ending }: LastLine): TakenLines {
  const isCut = length > Math.min(end, maxBytesOfLine(buffer, 0)) || ending === "missing";
  return {
    text: decodeLine(buffer, 0, end, isCut ? "missing" : ending),
    bytes: length,
    cutLines: isCut ? 1 : 0,
    longestCut: isCut ? length : 0,
  };
}

/** Whether a line without a newline counts as complete: a log passed to `scan` may end like that. */
export type LineEnding = "complete" | "missing";

/** Decodes at most the maximum of one line, and adds its "\n". `end` is where its newline is (or would be). */
export function decodeLine(buffer: Buffer, start: number, end: number, ending: LineEnding): string {
  let stop = Math.min(end, start + maxBytesOfLine(buffer, start));
  // Skip back over continuation bytes, so that a cut does not make a valid character invalid.
  if (stop < end) {
    for (let i = 0; i < 3 && ((buffer[stop] ?? 0) & 0xc0) === 0x80; i++) stop--;
  }
  const mark = stop < end || ending === "missing" ? CUT_MARK : "";
  return `${clean(`${decode(buffer, start, stop)}\n`).slice(0, -1)}${mark}\n`;
}

/**
 * Returns the index of the first byte in [start, end) that is not NUL. After copytruncate a writer leaves NULs before
 * its next text.
 */
export function skipNuls(buffer: Buffer, start: number, end: number): number {
  let i = start;
  while (i < end && buffer[i] === 0) i++;
  return i;
}

function decodeLines(buffer: Buffer, start: number, end: number): string {
  return clean(decode(buffer, start, end));
}

function decode(buffer: Buffer, start: number, end: number): string {
  return isAscii(buffer.subarray(start, end))
    ? buffer.toString("latin1", start, end)
    : buffer.toString("utf8", start, end);
}

/**
 * Replaces "\r\n" by "\n"; removes NULs at the start of lines and replaces others by U+FFFD. Usually two native
 * searches show that none exist.
 */
export function clean(text: string): string {
  let cleaned = text;
  if (cleaned.includes("\r")) cleaned = cleaned.replaceAll("\r\n", "\n");
  if (cleaned.includes("\0")) {
    cleaned = cleaned.replace(/(^|\n)\0+/g, "$1").replaceAll("\0", "\ufffd");
  }
  return cleaned;
}
