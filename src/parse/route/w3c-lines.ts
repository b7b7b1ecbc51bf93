/** Reads lines of a W3C log as JSON, by the columns that its last directive names. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { FIELDS, readDirective, readW3cLine } from "../structured/w3c-log.ts";
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
  batch: Pick<LineBatch, "content" | "lastBefore">,
): string | undefined {
  const columns = w3c.columnsAt(batch);
  if (text.startsWith("#")) {
    w3c.set(batch, readDirective(text, columns));
    return "";
  }
  const record = readW3cLine(text, columns);
  if (record === undefined) return undefined;
  line.isW3c = true;
  return `${JSON.stringify(record)}\n`;
}

/** Returns a `lastBefore` for samples, whose columns the filter states. */
export function statedColumns(
  filters: readonly { readonly w3cColumns?: readonly string[] }[],
): LineBatch["lastBefore"] {
  const columns = filters.flatMap(({ w3cColumns }) => w3cColumns ?? []);
  if (columns.length === 0) return undefined;
  return (opening) => (opening === FIELDS ? `${FIELDS} ${columns.join(" ")}` : undefined);
}
