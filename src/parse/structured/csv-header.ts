/**
 * Reads lines of a CSV log whose first line names the columns. A line is written again with the columns that a filter
 * states, in its order, so that rules need not know where the log has them. Linear in the length of a line. Pure.
 */
import { detachString } from "../../domain/detach-string.ts";
import { readCsv } from "./read-record.ts";
import { writeCsvRow } from "./write-csv-row.ts";

/** The first line of a log. */
export interface CsvHeader {
  readonly line: string;
  /** Number of its columns. */
  readonly count: number;
  /** For each column that the filter states, its position in the log, from "1". */
  readonly positions: readonly string[];
}

/**
 * Reads a header. undefined: a stated column is missing or occurs twice. So a line of values is none, even if a client
 * chose some of them.
 */
export function readCsvHeader(text: string, stated: readonly string[]): CsvHeader | undefined {
  const line = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const values = readCsv(line);
  if (values === undefined) return undefined;
  const names = Object.entries(values).map(([at, name]) => [at, String(name).trim()] as const);
  const positions = stated.flatMap((column) => {
    const found = names.filter(([, name]) => name === column);
    return found.length === 1 ? found.map(([at]) => at) : [];
  });
  if (positions.length !== stated.length) return undefined;
  return { line: detachString(line), count: names.length, positions };
}

const BYTE_ORDER_MARK = "\ufeff";

/** Returns the values of the stated columns as a CSV line; undefined: the line has another number of values. */
export function readByHeader(line: string, header: CsvHeader): string | undefined {
  const values = readCsv(line);
  if (values === undefined || Object.keys(values).length !== header.count) return undefined;
  return writeCsvRow(header.positions.map((at) => String(values[at])));
}
