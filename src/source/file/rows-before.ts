/**
 * Finds what is known at a position of a CSV file: whether a quote is open there. It follows from the text before it, so
 * a restart or a jump in the file needs no saved state.
 */
import type { RecordStart } from "../../domain/record-start.ts";
import {
  MAX_UNKNOWN_BYTES,
  ROW_BEGINS,
  ROW_UNKNOWN,
  rowFormOf,
  type RowState,
  stepRow,
} from "../step-row.ts";

const CHUNK_BYTES = 1_048_576;
/** Behind text of this length without a quote, none is open. */
const LOOK_BACK_BYTES = MAX_UNKNOWN_BYTES + CHUNK_BYTES;

interface Text {
  /** Reads at most `length` bytes from `position`. */
  read(position: number, length: number): Buffer;
}

/** `offset`: the beginning of a line. `start`: how its rows begin. */
export function rowStateAt(text: Text, offset: number, start: RecordStart | undefined): RowState {
  const form = rowFormOf(start);
  if (form === undefined || offset === 0) return ROW_BEGINS;
  const first = Math.max(0, offset - LOOK_BACK_BYTES);
  let state = first === 0 ? ROW_BEGINS : ROW_UNKNOWN;
  let rest = "";
  let isInLine = first > 0;
  for (let at = first; at < offset; at += CHUNK_BYTES) {
    const bytes = text.read(at, Math.min(CHUNK_BYTES, offset - at));
    const lines = (rest + bytes.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    // What the first newline ends is the rest of a line.
    if (isInLine && lines.length > 0) {
      lines.shift();
      isInLine = false;
    }
    for (const line of lines) state = stepRow(line, state, form).state;
  }
  return state;
}
