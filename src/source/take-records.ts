/**
 * Joins the lines of each record to one line, with a blank for each line break, as the journal's entries are read. A
 * record has at most MAX_LINE_BYTES: of a longer one the lines that fit are kept, as a cut line. Lines without a first
 * line stay separate lines, marked as cut, and nothing in them is believed: a client may have chosen where they
 * begin. Pure.
 */
import { CUT_MARK, MAX_LINE_BYTES } from "../domain/line-batch.ts";
import type { JoinedRecord, RecordStart } from "../domain/record-start.ts";
import { type LastLine, takeLine, type TakenLines, takeLines } from "./take-lines.ts";

/**
 * How long a source without a new line waits for more lines of its last record. A service writes a record in one go; the
 * pause is a margin for a busy machine.
 */
export const RECORD_SILENCE_MS = 1000;

/** Whether lines of the last record may still come; "none": it ended, by silence or with its file. */
export type MoreLines = "may come" | "none";

/** How lines are taken: as they are, or with `start` as joined records. */
export interface TakeOptions {
  readonly start?: RecordStart | undefined;
  /** Default: more lines may come. */
  readonly more?: MoreLines;
}

/** Takes the complete lines or records at the front of buffer[0, end). */
export function takeNext(
  buffer: Buffer,
  end: number,
  { start, more = "may come" }: TakeOptions,
): TakenLines | undefined {
  return start === undefined ? takeLines(buffer, end) : takeRecords(buffer, end, start, more);
}

/**
 * Takes what is left at the end of a text, or a line that is too long: with `start`, lines of a record may precede it.
 * `length` is that of all of it.
 */
export function takeRest(
  buffer: Buffer,
  end: number,
  { length, ending }: LastLine,
  start: RecordStart | undefined,
): TakenLines {
  if (start === undefined) return takeLine(buffer, end, { length, ending });
  const lines = takeLines(buffer, end);
  const from = lines?.bytes ?? 0;
  const rest = { length: length - from, ending };
  const last = length === from ? undefined : takeLine(buffer.subarray(from), end - from, rest);
  return joinTaken(
    {
      text: `${lines?.text ?? ""}${last?.text ?? ""}`,
      bytes: length,
      cutLines: (lines?.cutLines ?? 0) + (last?.cutLines ?? 0),
      longestCut: Math.max(lines?.longestCut ?? 0, last?.longestCut ?? 0),
    },
    start,
    "whole",
  );
}

/** The last record stays in the buffer while lines of it may come, and while its last line is incomplete. */
function takeRecords(
  buffer: Buffer,
  end: number,
  start: RecordStart,
  more: MoreLines,
): TakenLines | undefined {
  const all = takeLines(buffer, end);
  if (all === undefined) return undefined;
  const incomplete = end - all.bytes;
  if (more === "none" && incomplete === 0) return joinTaken(all, start, "whole");
  const open = findOpenRecord(all.text, start, incomplete);
  if (open === undefined) return joinTaken(all, start, "cut");
  if (open.at === 0) return undefined;
  const bytes = skipLinesBack(buffer, all.bytes, open.lines);
  return joinTaken({ ...all, text: all.text.slice(0, open.at), bytes }, start, "whole");
}

/** `last`: whether the last record is complete. */
function joinTaken(
  { text, bytes, cutLines, longestCut }: TakenLines,
  start: RecordStart,
  last: "whole" | "cut",
): TakenLines {
  const joined = joinRecords(text, start, last);
  return {
    text: joined.text,
    records: joined.records,
    bytes,
    cutLines: cutLines + joined.cutRecords,
    longestCut: Math.max(longestCut, joined.longestCut),
  };
}

/** Returns where the last `lines` lines before `end` begin. A newline is directly before `end`. */
function skipLinesBack(buffer: Buffer, end: number, lines: number): number {
  let at = end;
  for (let i = 0; i < lines; i++) at = at < 2 ? 0 : buffer.lastIndexOf(10, at - 2) + 1;
  return at;
}

export interface OpenRecord {
  /** Where it begins in the text. */
  readonly at: number;
  readonly lines: number;
}

/**
 * Finds the record at the end of a text, to which more lines may belong. undefined: it is too long, or the text has
 * none. `more`: bytes that certainly follow.
 */
export function findOpenRecord(
  text: string,
  start: RecordStart,
  more: number,
): OpenRecord | undefined {
  let bytes = more;
  let end = text.length;
  for (let lines = 1; end > 0; lines++) {
    const at = end < 2 ? 0 : text.lastIndexOf("\n", end - 2) + 1;
    const line = text.slice(at, end - 1);
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > MAX_LINE_BYTES) return undefined;
    if (start.begins(withoutMark(line))) return { at, lines };
    end = at;
  }
  return undefined;
}

export interface JoinedText {
  /** One line for each of `records`. */
  readonly text: string;
  readonly records: readonly JoinedRecord[];
  /** Number of records that were cut here, and the length in bytes of the longest of them. */
  readonly cutRecords: number;
  readonly longestCut: number;
}

interface UnfinishedRecord {
  text: string;
  lines: number;
  bytes: number;
}

/** Joins complete lines. `last`: whether the last record is complete. */
export function joinRecords(text: string, start: RecordStart, last: "whole" | "cut"): JoinedText {
  const joined: string[] = [];
  const records: JoinedRecord[] = [];
  let [cutRecords, longestCut] = [0, 0];
  let open: UnfinishedRecord | undefined;

  function close(how: "whole" | "cut"): void {
    if (open === undefined) return;
    joined.push(how === "cut" ? `${withoutMark(open.text)}${CUT_MARK}` : open.text);
    records.push({ lines: open.lines, begins: true });
    if (how === "cut") cutRecords++;
    if (how === "cut") longestCut = Math.max(longestCut, open.bytes);
    open = undefined;
  }

  for (const line of text.slice(0, -1).split("\n")) {
    const plain = withoutMark(line);
    const bytes = Buffer.byteLength(plain) + 1;
    if (start.begins(plain)) {
      close("whole");
      open = { text: line, lines: 1, bytes };
    } else if (open !== undefined && plain === line && mayGrow(open, bytes)) {
      open.text += ` ${line}`;
      open.lines++;
      open.bytes += bytes;
    } else {
      close("cut");
      joined.push(`${plain}${CUT_MARK}`);
      records.push({ lines: 1, begins: false });
    }
  }
  close(last);
  return { text: `${joined.join("\n")}\n`, records, cutRecords, longestCut };
}

function mayGrow(open: UnfinishedRecord, bytes: number): boolean {
  return open.bytes + bytes <= MAX_LINE_BYTES && withoutMark(open.text) === open.text;
}

function withoutMark(line: string): string {
  return line.endsWith(CUT_MARK) ? line.slice(0, -1) : line;
}
