/**
 * Reads the text before the lines last taken from a file. It shows whether a line is complete or the rest of another.
 */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  CUT_MARK,
  type LineBatch,
  type LinesBefore,
  MAX_LINE_BYTES,
} from "../../domain/line-batch.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { takeLines } from "../take-lines.ts";
import { type RowMemory, takeNext } from "../take-records.ts";
import { ROW_BEGINS, ROW_UNKNOWN } from "../step-row.ts";
import { rowsFrom } from "../take-rows.ts";
import type { LogFile } from "./log-file.ts";
import { isRotatedName } from "./rotated-name.ts";
import { listNames } from "../../host/read-or-empty.ts";

/** Returns how a batch reads the text before it in its file. */
export function earlierLines(
  file: LogFile,
  opening: "begins" | "unknown",
  start: RecordStart | undefined,
): Required<Pick<LineBatch, "before" | "eachBefore" | "lastBefore">> {
  return {
    before: () => linesBefore(file, opening),
    lastBefore: (text) => lastLineBefore(file, text),
    eachBefore: (visit) => visitLines(file, start, visit),
  };
}

/** Visits the lines or records before the lines last taken; of a large file the first one, and the last part. */
function visitLines(
  file: LogFile,
  start: RecordStart | undefined,
  visit: (line: string) => void,
): void {
  const { takenFrom } = file;
  const isAll = takenFrom <= MAX_SEARCH_BYTES;
  const first = isAll ? undefined : lineAt(file, 0, MAX_LINE_BYTES + 1);
  if (first !== undefined) visit(first);
  const rows: RowMemory = {
    last: rowsFrom(isAll ? ROW_BEGINS : ROW_UNKNOWN),
  };
  for (let at = isAll ? 0 : takenFrom - MAX_SEARCH_BYTES; at < takenFrom; ) {
    const bytes = file.read(at, Math.min(SEARCH_BYTES, takenFrom - at));
    const taken = takeNext(bytes, bytes.length, { start, rows });
    at += taken?.bytes ?? bytes.length;
    if (bytes.length === 0) return;
    const lines = taken?.text.slice(0, -1).split("\n") ?? [];
    for (const [i, line] of lines.entries())
      if (!line.endsWith(CUT_MARK) && taken?.records?.[i]?.begins !== false) visit(line);
  }
}

const LOOK_BACK_BYTES = 262_144;

/**
 * Reads the text. `opening`: whether the log begins with this file. A file that succeeds another may begin with the
 * rest of a line.
 */
function linesBefore(file: LogFile, opening: "begins" | "unknown"): LinesBefore {
  const { takenFrom } = file;
  const from = Math.max(0, takenFrom - LOOK_BACK_BYTES);
  const bytes = file.read(from, takenFrom - from);
  const lines = bytes.subarray(from === 0 ? 0 : bytes.indexOf(10) + 1);
  const text = takeLines(lines, lines.length)?.text ?? "";
  return { text, isAll: from === 0 && opening === "begins" && !hasRotated(file.path) };
}

/** Maximum distance of a line that is searched, in bytes: as much as is read from the end of a log without a position. */
const MAX_SEARCH_BYTES = 268_435_456;
const SEARCH_BYTES = 1_048_576;

/** Finds the last line that begins with `opening`, before the lines last taken; undefined: none. */
function lastLineBefore(file: LogFile, opening: string): string | undefined {
  const { takenFrom } = file;
  const first = Math.max(0, takenFrom - MAX_SEARCH_BYTES);
  const wanted = Buffer.from(`\n${opening}`);
  for (let to = takenFrom; to > first; to -= SEARCH_BYTES) {
    // With the newline before the part, and what of an opening the part before it has only begun.
    const from = Math.max(0, to - SEARCH_BYTES - wanted.length);
    const bytes = file.read(from, to - from);
    const at = bytes.lastIndexOf(wanted);
    if (at >= 0) return lineAt(file, from + at + 1, takenFrom);
    if (from === 0 && bytes.indexOf(opening) === 0) return lineAt(file, 0, takenFrom);
  }
  return undefined;
}

/** Returns the line at a position, if it is complete and not too long. */
function lineAt(file: LogFile, from: number, end: number): string | undefined {
  const bytes = file.read(from, Math.min(end - from, MAX_LINE_BYTES + 1));
  const [line] = takeLines(bytes, bytes.length)?.text.split("\n", 1) ?? [];
  return line;
}

/** Returns whether a rotated file with an earlier part of the log exists. */
function hasRotated(path: string): boolean {
  const real = resolveLink(path);
  const folder = dirname(real);
  return listNames(folder).some((name) => isRotatedName(join(folder, name), real));
}

function resolveLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // The name no longer exists.
    return path;
  }
}
