/**
 * Bytes -> text: the complete lines at the front of a buffer, as one flat string. This is the hot path of reading, so it
 * works on whole chunks with native searches and allocates nothing per line.
 * What it guarantees to everyone behind it: "\n" ends each line, no "\r\n", no invalid UTF-8 (U+FFFD instead), and no
 * line of more than `LINE_BOUND` bytes: a longer one is cut at a character boundary, marked with CUT_MARK and counted.
 */
import { isAscii } from "node:buffer";
import { CUT_MARK } from "../domain/line-batch.ts";

/** Longest line handed on, in bytes. syslog's own bound is 8 KiB or less (RFC 5424, 6.1 asks for 2 KiB). */
export const LINE_BOUND = 16_384;

const NEWLINE = 10;

export interface TakenLines {
  readonly text: string;
  /** How many bytes of the buffer are used up: everything to the last newline. */
  readonly bytes: number;
  readonly cutLines: number;
  /** Length in bytes of the longest line that was cut; 0 when none was. */
  readonly longestCut: number;
}

/** undefined when buffer[0, end) holds no complete line. The first byte must be the start of a line. */
export function takeLines(buffer: Buffer, end: number): TakenLines | undefined {
  const last = end === 0 ? -1 : buffer.lastIndexOf(NEWLINE, end - 1);
  if (last < 0) return undefined;
  const parts: string[] = [];
  let [from, start, cutLines, longestCut] = [0, 0, 0, 0];
  while (start <= last) {
    // One search covers a whole bound: if the last newline in reach is ours, every line before it is short enough.
    const newline = buffer.lastIndexOf(NEWLINE, Math.min(start + LINE_BOUND, last));
    if (newline >= start) {
      start = newline + 1;
      continue;
    }
    const long = buffer.indexOf(NEWLINE, start + LINE_BOUND);
    const head = skipNuls(buffer, start, long);
    if (start > from) parts.push(decodeLines(buffer, from, start));
    parts.push(decodeLine(buffer, head, long, "complete"));
    if (long - head > LINE_BOUND) {
      cutLines++;
      longestCut = Math.max(longestCut, long - head);
    }
    from = start = long + 1;
  }
  if (last + 1 > from) parts.push(decodeLines(buffer, from, last + 1));
  return { text: parts.join(""), bytes: last + 1, cutLines, longestCut };
}

/** Whether a line that ends without a newline is taken for whole: a log someone hands over may end like that. */
export type LineEnding = "complete" | "missing";

/** One line, at most `LINE_BOUND` bytes of it, with its "\n". `end` is where its newline is (or would be). */
export function decodeLine(buffer: Buffer, start: number, end: number, ending: LineEnding): string {
  let stop = Math.min(end, start + LINE_BOUND);
  // Back over continuation bytes, so that a cut does not make an invalid character of a good one.
  if (stop < end) {
    for (let i = 0; i < 3 && ((buffer[stop] ?? 0) & 0xc0) === 0x80; i++) stop--;
  }
  const mark = stop < end || ending === "missing" ? CUT_MARK : "";
  return `${clean(`${decode(buffer, start, stop)}\n`).slice(0, -1)}${mark}\n`;
}

/** Index of the first byte in [start, end) that is not NUL: what a writer leaves before its text after copytruncate. */
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

/** Two native searches per chunk find out that there is nothing to do, which is nearly always. */
export function clean(text: string): string {
  let cleaned = text;
  if (cleaned.includes("\r")) cleaned = cleaned.replaceAll("\r\n", "\n");
  if (cleaned.includes("\0")) {
    cleaned = cleaned.replace(/(^|\n)\0+/g, "$1").replaceAll("\0", "\ufffd");
  }
  return cleaned;
}
