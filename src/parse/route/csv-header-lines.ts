/** Reads lines of a CSV log by the header of their file, which is remembered for each file. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { type CsvHeader, readByHeader, readCsvHeader } from "../structured/csv-header.ts";

/** Stands for the only text of a source without files. */
const STREAM = {};

type Position = Pick<LineBatch, "content" | "firstLine">;

export class CsvHeaders {
  readonly #headers = new WeakMap<object, CsvHeader>();
  #last: CsvHeader | undefined;

  /**
   * Returns the header in force. A file whose first line is none has that of the file before it: the service wrote it
   * before the file was emptied.
   */
  at({ content = STREAM, firstLine }: Position, stated: readonly string[]): CsvHeader | undefined {
    const known = this.#headers.get(content);
    if (known !== undefined) return known;
    const line = firstLine?.();
    const header = (line === undefined ? undefined : readCsvHeader(line, stated)) ?? this.#last;
    if (header === undefined) return undefined;
    this.#headers.set(content, header);
    this.#last = header;
    return header;
  }
}

/**
 * Returns a line with its newline, as the filter states the columns; "": it is the header, which is no message;
 * undefined: it has not the columns, or they are not known.
 */
export function readAsNamedCsv(
  text: string,
  headers: CsvHeaders,
  batch: Position,
  stated: readonly string[],
): string | undefined {
  const header = headers.at(batch, stated);
  if (header === undefined) return undefined;
  if (text === header.line) return "";
  const row = readByHeader(text, header);
  return row === undefined ? undefined : `${row}\n`;
}

/** Returns a `firstLine` for samples, which have the columns that the filter states. */
export function statedHeader(
  filters: readonly { readonly headerColumns?: readonly string[] }[],
): LineBatch["firstLine"] {
  const stated = filters.find(({ headerColumns }) => headerColumns !== undefined)?.headerColumns;
  return stated && (() => stated.join(","));
}
