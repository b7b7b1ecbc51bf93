/** Takes lines from a buffer as they are, or joined to records (join-lines.ts). Pure. */
import type { RecordStart } from "../domain/record-start.ts";
import { type JoinedLines, joinLines } from "./join-lines.ts";
import { type LastLine, takeLine, type TakenLines, takeLines } from "./take-lines.ts";
import { rowFormOf } from "./step-row.ts";
import { type TakenRows, takeLastRows, takeRows } from "./take-rows.ts";

/** Whether lines of the last record may still come; "none": it ended, by silence or with its file. */
export type MoreLines = "may come" | "none";

/** Remembers what is known where the next rows of CSV are taken in a text. */
export interface RowMemory {
  last: Omit<TakenRows, "taken">;
}

/** How lines are taken: as they are, or with `start` as joined records. */
export interface TakeOptions {
  readonly start?: RecordStart | undefined;
  /** For rows of CSV. */
  readonly rows: RowMemory;
  /** Default: more lines may come. */
  readonly more?: MoreLines;
}

/** Takes the complete lines or records at the front of buffer[0, end). */
export function takeNext(
  buffer: Buffer,
  end: number,
  { start, more = "may come", rows }: TakeOptions,
): TakenLines | undefined {
  if (start === undefined) return takeLines(buffer, end);
  const form = rowFormOf(start);
  if (form === undefined) return takeRecords(buffer, end, start, more);
  const found = takeRows(buffer, end, rows.last.state, form);
  rows.last = found;
  return found.taken;
}

/**
 * Takes what is left at the end of a text, or a line that is too long: with `start`, lines of a record may precede it.
 * `length` is that of all of it.
 */
export function takeRest(
  buffer: Buffer,
  end: number,
  { length, ending }: LastLine,
  { start, rows }: TakeOptions,
): TakenLines {
  if (start === undefined) return takeLine(buffer, end, { length, ending });
  const form = rowFormOf(start);
  if (form !== undefined) {
    const how = { before: rows.last.state, form };
    const found = takeLastRows(buffer, end, { length, ending }, how);
    rows.last = found;
    return found.taken;
  }
  const lines = takeLines(buffer, end);
  const from = lines?.bytes ?? 0;
  const rest = { length: length - from, ending };
  const last = length === from ? undefined : takeLine(buffer.subarray(from), end - from, rest);
  const text = `${lines?.text ?? ""}${last?.text ?? ""}`;
  return withJoined(
    {
      ...{ text, bytes: length },
      cutLines: (lines?.cutLines ?? 0) + (last?.cutLines ?? 0),
      longestCut: Math.max(lines?.longestCut ?? 0, last?.longestCut ?? 0),
    },
    joinLines(text, start, undefined),
  );
}

/** The last records stay in the buffer while lines of them may come, and while the last line is incomplete. */
function takeRecords(
  buffer: Buffer,
  end: number,
  start: RecordStart,
  more: MoreLines,
): TakenLines | undefined {
  const all = takeLines(buffer, end);
  if (all === undefined) return undefined;
  const incomplete = end - all.bytes;
  const isEnd = more === "none" && incomplete === 0;
  const joined = joinLines(all.text, start, isEnd ? undefined : incomplete);
  if (joined.text === "") return undefined;
  const bytes = skipLinesBack(buffer, all.bytes, joined.openLines);
  return withJoined({ ...all, bytes }, joined);
}

function withJoined(
  { bytes, cutLines, longestCut }: TakenLines,
  { text, records, cutRecords, longestCut: longestRecord }: JoinedLines,
): TakenLines {
  return {
    ...{ text, records, bytes },
    cutLines: cutLines + cutRecords,
    longestCut: Math.max(longestCut, longestRecord),
  };
}

/** Returns where the last `lines` lines before `end` begin. A newline is directly before `end`. */
function skipLinesBack(buffer: Buffer, end: number, lines: number): number {
  let at = end;
  for (let i = 0; i < lines; i++) at = at < 2 ? 0 : buffer.lastIndexOf(10, at - 2) + 1;
  return at;
}
