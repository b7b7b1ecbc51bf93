/**
 * Follows the rows of a CSV log line by line: whether a quote is open, in the plain text and in each stream of a container.
 * Pure.
 */
import { MAX_LINE_BYTES } from "../domain/line-batch.ts";
import type { QuoteState, ReadQuotes, RecordStart } from "../domain/record-start.ts";

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

export interface RowStep extends Pick<RowState, "quote" | "bytes"> {
  /** What the line is: the first of a row, a later one, or unknown. */
  readonly role: "first" | "later" | "unknown";
  /** What is known behind the line; `quote` and `bytes` are those of its stream. */
  readonly state: RowState;
  /** The stream of a container's line; "": a plain line. */
  readonly stream: string;
  /** Whether it is no piece of a container's line. */
  readonly isWhole: boolean;
}

/** `line`: without its newline, as many bytes as characters. */
export function stepRow(line: string, before: RowState, form: RowForm): RowStep {
  const wrapped = before.quote === "open" ? undefined : form.unwrap(line);
  if (wrapped === undefined) {
    // A client may have chosen what looks like a runtime's line, so an open quote in it may be that of a bare row.
    const isOpen = Object.values(before.streams ?? {}).some(({ quote }) => quote !== "closed");
    const { role, state } = stepLine(line, isOpen ? ROW_UNKNOWN : before, form);
    return { role, state, quote: state.quote, bytes: state.bytes, stream: "", isWhole: true };
  }
  const { stream, text, extent } = wrapped;
  const own = stepLine(text, before.streams?.[stream] ?? before, form);
  const { quote, bytes } = own.state;
  const { [stream]: _, ...others } = before.streams ?? {};
  // Containers come and go, so one that is like the plain text is forgotten.
  const isKnown = quote === "closed" && before.quote === "closed";
  const streams = isKnown ? others : { ...others, [stream]: { quote, bytes } };
  const state = { ...before, streams };
  return { role: own.role, state, quote, bytes, stream, isWhole: extent === "whole" };
}

function stepLine(
  line: string,
  before: RowState,
  { quotes }: RowForm,
): Pick<RowStep, "role" | "state"> {
  const { after, isRow } = quotes(line, before.quote);
  const isLater = before.quote === "open" && after !== "unknown";
  const role = isRow ? "first" : isLater ? "later" : "unknown";
  if (after === "closed") return { role, state: ROW_BEGINS };
  const isSame =
    after === "open" ? role === "later" : before.quote === after && !line.includes('"');
  const bytes = line.length + 1 + (isSame ? before.bytes : 0);
  if (bytes <= (after === "open" ? MAX_LINE_BYTES : MAX_UNKNOWN_BYTES))
    return { role, state: { quote: after, bytes } };
  return { role, state: after === "open" ? ROW_UNKNOWN : ROW_BEGINS };
}
