/**
 * Takes rows of CSV from a buffer, each as one line with a blank for each line break within quotes. A row has at most
 * MAX_LINE_BYTES; a longer one, or one that is never completed, is cut. Lines behind it are marked as cut too, and
 * nothing in them is believed, until a quote shows where rows begin, or MAX_UNKNOWN_BYTES have none. Pure.
 */
import { MAX_LINE_BYTES } from "../domain/line-batch.ts";
import type { OpenRow } from "../domain/line-source.ts";
import { type JoinedRows, RowJoiner } from "./row-joiner.ts";
import { ROW_BEGINS, type RowForm, type RowState } from "./step-row.ts";
import { type LastLine, takeLine, type TakenLines, takeLines } from "./take-lines.ts";

/** Rows that were taken, and what is known behind them. */
export interface TakenRows {
  /** undefined: none is complete. */
  readonly taken: TakenLines | undefined;
  readonly state: RowState;
  /** What is known behind the complete lines that stay in the buffer. */
  readonly end: RowState;
  /** What stays in the buffer, because a quote in it is open. */
  readonly open: OpenRow | undefined;
}

/** Returns what is known where nothing was taken yet. */
export function rowsFrom(state: RowState): Omit<TakenRows, "taken"> {
  return { state, end: state, open: undefined };
}

/** Takes the complete rows at the front of buffer[0, end). A row that may continue stays in the buffer. */
export function takeRows(buffer: Buffer, end: number, before: RowState, form: RowForm): TakenRows {
  const all = takeLines(buffer, end);
  if (all === undefined) return { ...rowsFrom(before), taken: undefined };
  const joiner = new RowJoiner(before, form);
  joiner.add(buffer, all);
  // Of what may continue, a reader keeps no more than a line may have.
  if (end - joiner.positionOf(joiner.boundary, all.bytes) > MAX_LINE_BYTES) joiner.cut();
  const found = joiner.finish(joiner.boundary, all);
  return found.taken.bytes === 0 ? { ...found, taken: undefined } : found;
}

/** Takes what is left at the end of a text, or a line that is too long, with complete lines before it. */
export function takeLastRows(
  buffer: Buffer,
  end: number,
  { length, ending }: LastLine,
  { before, form }: { readonly before: RowState; readonly form: RowForm },
): JoinedRows {
  const lines = takeLines(buffer, end);
  const joiner = new RowJoiner(before, form);
  if (lines !== undefined) joiner.add(buffer, lines);
  const from = lines?.bytes ?? 0;
  const rest = { length: length - from, ending };
  const last = length === from ? undefined : takeLine(buffer.subarray(from), end - from, rest);
  if (last !== undefined) joiner.addLast(buffer.toString("latin1", from, end), last);
  joiner.cut();
  return joiner.finish(joiner.boundary, {
    bytes: length,
    cutLines: (lines?.cutLines ?? 0) + (last?.cutLines ?? 0),
    longestCut: Math.max(lines?.longestCut ?? 0, last?.longestCut ?? 0),
  });
}

/** Joins the complete lines of a text, which begins outside quotes. */
export function joinRows(text: string, form: RowForm): TakenLines {
  const buffer = Buffer.from(text);
  const { length } = buffer;
  const how = { before: ROW_BEGINS, form };
  return takeLastRows(buffer, length, { length, ending: "complete" }, how).taken;
}
