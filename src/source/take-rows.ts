/**
 * Joins the lines of each row of CSV to one line, with a blank for each line break within quotes. A row has at most
 * MAX_LINE_BYTES; a longer one, or one that is never completed, is cut. Lines behind it are marked as cut too, and
 * nothing in them is believed, until a quote shows where rows begin, or MAX_UNKNOWN_BYTES have none. Pure.
 */
import { CUT_MARK, MAX_LINE_BYTES } from "../domain/line-batch.ts";
import type { OpenRow } from "../domain/line-source.ts";
import type { JoinedRecord, QuoteState, ReadQuotes, RecordStart } from "../domain/record-start.ts";
import { type LastLine, takeLine, type TakenLines, takeLines } from "./take-lines.ts";

/** No service writes a value of this length: text of this length without a quote is outside quotes. */
export const MAX_UNKNOWN_BYTES = 16_777_216;

/** What is known at a position of a text. */
export interface RowState {
  readonly quote: QuoteState;
  /** Length of the open row so far, or of the lines without a quote. */
  readonly bytes: number;
  /** The same for the streams of a container, whose lines are mixed. */
  readonly streams?: Readonly<Record<string, RowState>>;
}

/** How rows are read from lines. */
export type RowForm = Pick<RecordStart, "unwrap"> & { readonly quotes: ReadQuotes };

/** Returns undefined for records that are no rows. */
export function rowFormOf(start: RecordStart | undefined): RowForm | undefined {
  if (start?.quotes === undefined) return undefined;
  return { quotes: start.quotes, unwrap: (line) => start.unwrap(line) };
}

export const ROW_BEGINS: RowState = { quote: "closed", bytes: 0 };
export const ROW_UNKNOWN: RowState = { quote: "unknown", bytes: 0 };

interface RowStep {
  /** What the line is: the first of a row, a later one, or unknown. */
  readonly role: "first" | "later" | "unknown";
  readonly state: RowState;
  /** Whether a container runtime wrote the line. */
  readonly isWrapped: boolean;
}

/** `line`: without its newline, as many bytes as characters. */
export function stepRow(line: string, before: RowState, form: RowForm): RowStep {
  const wrapped = before.quote === "open" ? undefined : form.unwrap(line);
  if (wrapped === undefined) {
    // A client may have chosen what looks like a runtime's line, so an open quote in it may be that of a bare row.
    const isOpen = Object.values(before.streams ?? {}).some(({ quote }) => quote !== "closed");
    return stepLine(line, isOpen ? ROW_UNKNOWN : before, form);
  }
  const { stream, text } = wrapped;
  const { role, state } = stepLine(text, before.streams?.[stream] ?? before, form);
  // Rows are not joined here, so one that continues is not believed.
  const isRow = role === "first" && state.quote !== "open";
  const streams = { ...before.streams, [stream]: { quote: state.quote, bytes: state.bytes } };
  return { role: isRow ? "first" : "unknown", state: { ...before, streams }, isWrapped: true };
}

function stepLine(line: string, before: RowState, { quotes }: RowForm): RowStep {
  const { after, isRow } = quotes(line, before.quote);
  const isLater = before.quote === "open" && after !== "unknown";
  const role = isRow ? "first" : isLater ? "later" : "unknown";
  const step = (state: RowState): RowStep => ({ role, state, isWrapped: false });
  if (after === "closed") return step(ROW_BEGINS);
  const isSame =
    after === "open" ? role === "later" : before.quote === after && !line.includes('"');
  const bytes = line.length + 1 + (isSame ? before.bytes : 0);
  if (bytes <= (after === "open" ? MAX_LINE_BYTES : MAX_UNKNOWN_BYTES))
    return step({ quote: after, bytes });
  return step(after === "open" ? ROW_UNKNOWN : ROW_BEGINS);
}

/** Rows that were taken, and what is known behind them. */
export interface TakenRows {
  /** undefined: none is complete. */
  readonly taken: TakenLines | undefined;
  readonly state: RowState;
  /** The row that stays in the buffer, because a quote in it is open. */
  readonly open: OpenRow | undefined;
}

export const NO_ROWS: TakenRows = { taken: undefined, state: ROW_BEGINS, open: undefined };

/** Takes the complete rows at the front of buffer[0, end). A row that may continue stays in the buffer. */
export function takeRows(buffer: Buffer, end: number, before: RowState, form: RowForm): TakenRows {
  const all = takeLines(buffer, end);
  if (all === undefined) return { ...NO_ROWS, state: before };
  const joiner = new RowJoiner(before, form);
  joiner.add(buffer, all);
  const incomplete = end - all.bytes;
  const open = joiner.open;
  if (open !== undefined && open.bytes + incomplete > MAX_LINE_BYTES) joiner.cut();
  const bytes = joiner.open === undefined ? all.bytes : joiner.open.from;
  return bytes === 0
    ? { taken: undefined, state: before, open: joiner.open }
    : joiner.finish(bytes, all);
}

/** Takes what is left at the end of a text, or a line that is too long, with complete lines before it. */
export function takeLastRows(
  buffer: Buffer,
  end: number,
  { length, ending }: LastLine,
  { before, form }: { readonly before: RowState; readonly form: RowForm },
): TakenRows & { readonly taken: TakenLines } {
  const lines = takeLines(buffer, end);
  const joiner = new RowJoiner(before, form);
  if (lines !== undefined) joiner.add(buffer, lines);
  const from = lines?.bytes ?? 0;
  const rest = { length: length - from, ending };
  const last = length === from ? undefined : takeLine(buffer.subarray(from), end - from, rest);
  if (last !== undefined) joiner.addLast(buffer.toString("latin1", from, end), last);
  joiner.cut();
  return joiner.finish(length, {
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

interface GrowingRow extends OpenRow {
  /** Position of the row in the buffer. */
  readonly from: number;
  text: string;
  lines: number;
  bytes: number;
}

class RowJoiner {
  readonly #form: RowForm;
  readonly #joined: string[] = [];
  readonly #records: JoinedRecord[] = [];
  #state: RowState;
  #open: GrowingRow | undefined;
  #cutRows = 0;
  #longestCut = 0;

  constructor(before: RowState, form: RowForm) {
    this.#state = before;
    this.#form = form;
  }

  /** The row that may continue behind the lines. */
  get open(): GrowingRow | undefined {
    return this.#open;
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

  /** Ends the open row, of which lines are missing. */
  cut(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#push(`${withoutMark(open.text)}${CUT_MARK}`, { lines: open.lines, begins: false });
    this.#cutRows++;
    this.#longestCut = Math.max(this.#longestCut, open.bytes);
    this.#open = undefined;
    this.#state = ROW_UNKNOWN;
  }

  finish(bytes: number, { cutLines, longestCut }: Pick<TakenLines, "cutLines" | "longestCut">) {
    return {
      taken: {
        text: this.#joined.map((line) => `${line}\n`).join(""),
        bytes,
        records: this.#records,
        cutLines: cutLines + this.#cutRows,
        longestCut: Math.max(longestCut, this.#longestCut),
      },
      state: this.#open === undefined ? this.#state : ROW_BEGINS,
      open: this.#open,
    };
  }

  #add(written: string, line: string, from: number): void {
    const { role, state, isWrapped } = stepRow(written, this.#state, this.#form);
    const isOpen = state.quote === "open";
    if (role !== "later") this.cut();
    if (role === "first" && isOpen) {
      this.#open = { from, text: line, lines: 1, bytes: state.bytes };
    } else if (role === "later" && this.#open !== undefined) {
      this.#continue(this.#open, { line, size: written.length + 1, quote: state.quote });
    } else {
      const isRow = role === "first";
      const isPlain = isRow || isWrapped;
      this.#push(isPlain ? line : `${withoutMark(line)}${CUT_MARK}`, { lines: 1, begins: isRow });
    }
    this.#state = state;
  }

  #continue(
    open: GrowingRow,
    { line, size, quote }: { line: string; size: number; quote: QuoteState },
  ): void {
    open.text += ` ${line}`;
    open.lines++;
    open.bytes += size;
    if (quote === "unknown" || open.bytes > MAX_LINE_BYTES) this.cut();
    else if (quote === "closed") {
      this.#push(open.text, { lines: open.lines, begins: true });
      this.#open = undefined;
    }
  }

  #push(line: string, record: JoinedRecord): void {
    this.#joined.push(line);
    this.#records.push(record);
  }
}

function withoutMark(line: string): string {
  return line.endsWith(CUT_MARK) ? line.slice(0, -1) : line;
}
