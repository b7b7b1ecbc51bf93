/** Reads lines of a W3C log as JSON, by the columns that its last directive names. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { countW3cValues, FIELDS, readW3cLine } from "../structured/w3c-log.ts";
import { isRuntimeLine } from "../structured/unwrap-line.ts";
import type { CurrentLine } from "./current-line.ts";
import type { NamedMemory } from "./named-memory.ts";

/**
 * Returns the current line as JSON with its newline; "": it is a directive, which is no message; undefined: it has not
 * the columns, or they are not known.
 */
export function readAsW3c(
  text: string,
  line: CurrentLine,
  { w3c }: NamedMemory,
  batch: Pick<LineBatch, "content">,
): string | undefined {
  if (text.startsWith("#")) {
    w3c.note(text, batch);
    return "";
  }
  const columns = w3c.columnsAt(batch);
  if (columns.names === undefined && mayBeRow(text)) w3c.noteUnknown();
  const record = readW3cLine(text, columns);
  if (record === undefined) return undefined;
  line.isW3c = true;
  return `${JSON.stringify(record)}\n`;
}

const MIN_VALUES = 3;

/** Returns whether a line has the values of a row. Objects of JSON may have as many blanks. */
function mayBeRow(text: string): boolean {
  return !text.startsWith("{") && !isRuntimeLine(text) && (countW3cValues(text) ?? 0) >= MIN_VALUES;
}

/** Returns the directive of samples with its newline, by the columns that their filter states; "": none. */
export function statedColumns(
  filters: readonly { readonly w3cColumns?: readonly string[] }[],
): string {
  const columns = filters.flatMap(({ w3cColumns }) => w3cColumns ?? []);
  return columns.length === 0 ? "" : `${FIELDS} ${columns.join(" ")}\n`;
}
