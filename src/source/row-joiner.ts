/**
 * Joins lines to rows of CSV. In the log of a container, rows of its streams are mixed: each stream has its own, and the
 * text in the runtime's lines is joined. Pure.
 */
import { CUT_MARK } from "../domain/line-batch.ts";
import type { OpenRow } from "../domain/line-source.ts";
import type { JoinedRecord, WrappedLine } from "../domain/record-start.ts";
import { ROW_UNKNOWN, type RowForm, type RowState, type RowStep, stepRow } from "./step-row.ts";
import type { TakenLines } from "./take-lines.ts";

/** Rows that were taken, and what is known behind them. */
export interface JoinedRows {
  readonly taken: TakenLines;
  readonly state: RowState;
  /** What is known behind the lines that were not taken. */
  readonly end: RowState;
  /** The lines that were not taken, because a quote in one of their rows is open. */
  readonly open: OpenRow | undefined;
}

interface GrowingRow {
  /** Index of its first line, and of its last line so far. */
  readonly first: number;
  last: number;
  /** The runtime's first line; undefined: the row is plain text. */
  readonly wrapped: WrappedLine | undefined;
  text: string;
  lines: number;
  bytes: number;
}

interface Row extends Pick<JoinedRecord, "lines" | "begins"> {
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

export class RowJoiner {
  readonly #form: RowForm;
  readonly #rows: Row[] = [];
  /** The open row of each stream; that of plain lines has the name "". */
  readonly #open = new Map<string, GrowingRow>();
  /** Position of each line in the buffer, and what is known there. */
  readonly #lines: { readonly from: number; readonly state: RowState }[] = [];
  #state: RowState;
  #cutRows = 0;
  #longestCut = 0;

  constructor(before: RowState, form: RowForm) {
    this.#state = before;
    this.#form = form;
  }

  /** Adds the complete lines at the front of the buffer. */
  add(buffer: Buffer, { text, bytes }: TakenLines): void {
    // The lines as they are written: of one that is too long, the text lacks quotes.
    const written = buffer.toString("latin1", 0, bytes).split("\n");
    let from = 0;
    for (const [i, line] of text.slice(0, -1).split("\n").entries()) {
      const own = written[i] ?? "";
      this.#add(own.startsWith("\0") ? own.replace(/^\0+/, "") : own, line, from);
      from += own.length + 1;
    }
  }

  /** Adds the last line of a text. */
  addLast(written: string, { text }: TakenLines): void {
    const line = text.slice(0, -1);
    this.#add(written, line, 0);
    if (!line.endsWith(CUT_MARK)) return;
    this.cut();
    this.#state = ROW_UNKNOWN;
  }

  /** Ends the open rows, of which lines are missing. */
  cut(): void {
    for (const stream of [...this.#open.keys()]) {
      this.#cutRow(stream);
      this.#state = lose(this.#state, stream);
    }
  }

  /** Index of the line before which all rows are complete, and behind which one is open. */
  get boundary(): number {
    let boundary = this.#lines.length;
    for (const { first } of this.#open.values()) boundary = Math.min(boundary, first);
    if (boundary === this.#lines.length) return boundary;
    for (const { first, last } of this.#rows.toSorted((a, b) => b.last - a.last))
      if (last >= boundary) boundary = Math.min(boundary, first);
    return boundary;
  }

  /** Returns where a line begins in the buffer. `end`: that of all lines. */
  positionOf(line: number, end: number): number {
    return this.#lines[line]?.from ?? end;
  }

  /** Returns the rows before a boundary. */
  finish(boundary: number, { bytes, cutLines, longestCut }: Omit<TakenLines, "text">): JoinedRows {
    const rows = this.#rows
      .filter(({ first }) => first < boundary)
      .toSorted((a, b) => a.first - b.first);
    const taken = this.positionOf(boundary, bytes);
    const isAll = boundary === this.#lines.length;
    return {
      taken: {
        text: rows.map(({ text }) => `${text}\n`).join(""),
        bytes: taken,
        records: recordsOf(rows),
        cutLines: cutLines + this.#cutRows,
        longestCut: Math.max(longestCut, this.#longestCut),
      },
      state: this.#lines[boundary]?.state ?? this.#state,
      end: this.#state,
      open: isAll ? undefined : { lines: this.#lines.length - boundary, bytes: bytes - taken },
    };
  }

  #add(written: string, line: string, from: number): void {
    const step = stepRow(written, this.#state, this.#form);
    const { role, stream, isWhole } = step;
    const at = this.#lines.length;
    this.#lines.push({ from, state: this.#state });
    // A plain line between those of a runtime leaves nothing certain.
    const ended = stream === "" && role !== "later" ? [...this.#open.keys()] : [stream];
    if (role !== "later" || !isWhole) for (const one of ended) this.#cutRow(one);
    const open = this.#open.get(stream);
    if (role === "first" && step.quote === "open" && isWhole) this.#begin(step, line, at);
    else if (open !== undefined) this.#continue(open, step, { line, at, size: written.length + 1 });
    else {
      const begins = role === "first" && step.quote !== "open";
      const isPlain = begins || stream !== "";
      const text = isPlain ? line : `${withoutMark(line)}${CUT_MARK}`;
      this.#rows.push({ first: at, last: at, text, lines: 1, begins });
    }
    this.#state = step.state;
  }

  #begin({ stream, bytes }: RowStep, line: string, at: number): void {
    const wrapped = stream === "" ? undefined : this.#form.unwrap(line);
    const text = wrapped?.text ?? line;
    this.#open.set(stream, { first: at, last: at, wrapped, text, lines: 1, bytes });
  }

  #continue(
    open: GrowingRow,
    { stream, quote }: RowStep,
    { line, at, size }: { readonly line: string; readonly at: number; readonly size: number },
  ): void {
    const text = open.wrapped === undefined ? line : (this.#form.unwrap(line)?.text ?? "");
    open.text += ` ${text}`;
    open.lines++;
    open.last = at;
    open.bytes += size;
    if (quote === "open") return;
    if (quote === "unknown") this.#cutRow(stream);
    else this.#close(stream, open, "whole");
  }

  #cutRow(stream: string): void {
    const open = this.#open.get(stream);
    if (open === undefined) return;
    this.#close(stream, open, "cut");
    this.#cutRows++;
    this.#longestCut = Math.max(this.#longestCut, open.bytes);
  }

  #close(stream: string, open: GrowingRow, how: "whole" | "cut"): void {
    const { first, last, lines, wrapped, text } = open;
    const cut = how === "cut" ? `${withoutMark(text)}${CUT_MARK}` : text;
    const written = wrapped?.rewrap(withoutMark(text), how) ?? cut;
    this.#rows.push({ first, last, lines, text: written, begins: how === "whole" });
    this.#open.delete(stream);
  }
}

/** Marks a stream whose row was cut, so that it is unknown where its next row begins. */
function lose(state: RowState, stream: string): RowState {
  if (stream === "") return ROW_UNKNOWN;
  return { ...state, streams: { ...state.streams, [stream]: ROW_UNKNOWN } };
}

function recordsOf(rows: readonly Row[]): readonly JoinedRecord[] {
  let before = 0;
  return rows.map(({ first, lines, begins }) => {
    const offset = first - before;
    before += lines;
    return { lines, begins, ...(offset === 0 ? {} : { offset }) };
  });
}

function withoutMark(line: string): string {
  return line.endsWith(CUT_MARK) ? line.slice(0, -1) : line;
}
