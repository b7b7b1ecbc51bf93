/**
 * Reads lines of a CSV log that names its columns. A line is written again with the columns that a filter states, in
 * its order, so that rules need not know where the log has them. Linear in the length of a line. Pure.
 */
import { detachString } from "../../domain/detach-string.ts";
import { parseIp } from "../../domain/ip.ts";
import { readCsv } from "./read-record.ts";
import { writeCsvRow } from "./write-csv-row.ts";

/** Identifies the columns that a filter states. */
export function columnsKey(stated: readonly string[]): string {
  return stated.join(",");
}

/** A line that names the columns of a log. */
export interface CsvHeader {
  readonly line: string;
  readonly names: readonly string[];
  /** Columns that the filter states and the log lacks; then no row can be read. */
  readonly missing: readonly string[];
  /** For each column that the filter states, its position in the log, from "1". */
  readonly positions: readonly string[];
}

/**
 * Reads a header: all of its values are names, none twice, and one of them is in `expected`; undefined: any may be. A
 * row is none, whatever a client chose in it, because the service writes a time, an address or a number into it.
 */
export function readCsvHeader(
  text: string,
  stated: readonly string[],
  expected: readonly string[] | undefined,
): CsvHeader | undefined {
  const line = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (DIGIT.test(line)) return undefined;
  if (expected !== undefined && !mayName(line, expected)) return undefined;
  const names = Object.values(readCsv(line) ?? {}).map((value) => String(value).trim());
  if (names.length < 2 || !names.every(isName) || new Set(names).size < names.length)
    return undefined;
  if (expected !== undefined && !names.some((name) => expected.includes(name))) return undefined;
  return {
    line: detachString(line),
    names: names.map(detachString),
    missing: stated.filter((column) => !names.includes(column)),
    positions: stated.map((column) => String(names.indexOf(column) + 1)),
  };
}

/** Returns whether a line may have one of the names as a value. Most rows have none, and need not be parsed. */
function mayName(line: string, names: readonly string[]): boolean {
  // A quote may be written twice.
  return names.some((name) => line.includes(name) || name.includes('"'));
}

const BYTE_ORDER_MARK = "\ufeff";
/** Most rows begin with one. */
const DIGIT = /^\d/;
const MAX_NAME = 128;

/** Returns whether a value may name a column: no time, address or number. */
function isName(value: string): boolean {
  return (
    value.length <= MAX_NAME &&
    /^[\p{L}_#@$]/u.test(value) &&
    !/\d:\d\d|\d[-/.]\d\d?[-/.]\d|:.*:/.test(value) &&
    parseIp(value) === undefined
  );
}

/** Returns the values of the stated columns as a CSV line; undefined: the line has another number of values. */
export function readByHeader(line: string, header: CsvHeader): string | undefined {
  const values = readCsv(line);
  if (values === undefined || Object.keys(values).length !== header.names.length) return undefined;
  if (header.missing.length > 0) return undefined;
  return writeCsvRow(header.positions.map((at) => String(values[at])));
}
