/**
 * Reads the text before the lines last taken from a file. It shows whether a line is complete or the rest of another.
 */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type EarlierPart,
  type LineBatch,
  type LinesBefore,
  MAX_EARLIER_BYTES,
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
): Required<Pick<LineBatch, "before" | "earlierParts">> {
  return {
    before: () => linesBefore(file, opening),
    earlierParts: () => readEarlier(file, start),
  };
}

/** Small enough that parsing each line of it takes a few milliseconds. */
const PART_BYTES = 131_072;
const NO_LINES: EarlierPart = { text: "" };

/** Reads the lines or records before the lines last taken, in parts. */
function* readEarlier(file: LogFile, start: RecordStart | undefined): Generator<EarlierPart, void> {
  const { takenFrom } = file;
  const isAll = takenFrom <= MAX_EARLIER_BYTES;
  const first = isAll ? undefined : firstLine(file);
  if (first !== undefined) yield { text: first };
  const buffer = Buffer.allocUnsafe(PART_BYTES);
  const rows: RowMemory = { last: rowsFrom(isAll ? ROW_BEGINS : ROW_UNKNOWN) };
  let at = isAll ? 0 : takenFrom - MAX_EARLIER_BYTES;
  // The rest of a line looks like one, and a client may have chosen where it begins.
  let isInLine = !isAll;
  while (at < takenFrom) {
    const bytes = file.read(at, Math.min(PART_BYTES, takenFrom - at), buffer);
    if (bytes.length === 0) return;
    if (isInLine) {
      const newline = bytes.indexOf(NEWLINE);
      isInLine = newline < 0;
      at += isInLine ? bytes.length : newline + 1;
      yield NO_LINES;
      continue;
    }
    const taken = takeNext(bytes, bytes.length, { start, rows });
    isInLine = taken === undefined;
    if (isInLine) rows.last = rowsFrom(ROW_UNKNOWN);
    at += taken?.bytes ?? bytes.length;
    yield taken ?? NO_LINES;
  }
}

/** Returns the first line with its newline, if it is complete and not too long. */
function firstLine(file: LogFile): string | undefined {
  const bytes = file.read(0, MAX_LINE_BYTES + 1);
  const text = takeLines(bytes, bytes.length)?.text;
  return text?.slice(0, text.indexOf("\n") + 1);
}

const NEWLINE = 10;
const LOOK_BACK_BYTES = 262_144;

/**
 * Reads the text. `opening`: whether the log begins with this file. A file that succeeds another may begin with the
 * rest of a line.
 */
function linesBefore(file: LogFile, opening: "begins" | "unknown"): LinesBefore {
  const { takenFrom } = file;
  const from = Math.max(0, takenFrom - LOOK_BACK_BYTES);
  const bytes = file.read(from, takenFrom - from);
  const lines = bytes.subarray(from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1);
  const text = takeLines(lines, lines.length)?.text ?? "";
  return { text, isAll: from === 0 && opening === "begins" && !hasRotated(file.path) };
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
