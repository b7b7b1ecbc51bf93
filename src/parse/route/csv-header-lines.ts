/** Reads lines of a CSV log by the last line of their file that names its columns. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { type CsvHeader, readByHeader, readCsvHeader } from "../structured/csv-header.ts";
import { readCsv } from "../structured/read-record.ts";
import { isRuntimeLine } from "../structured/unwrap-line.ts";
import type { UnknownColumns } from "./unknown-columns.ts";

/** Stands for the only text of a source without files. */
const STREAM = {};

type Position = Pick<LineBatch, "content">;

interface NamesInForce {
  readonly header: CsvHeader | undefined;
  /** Names of which the next header has one; undefined: the next line is the first of its file. */
  readonly expected: readonly string[] | undefined;
}

export class CsvHeaders {
  readonly #names = new WeakMap<object, NamesInForce>();
  #last: CsvHeader | undefined;
  #reported: CsvHeader | "no header" | undefined;
  #unknown: UnknownColumns | undefined;

  /**
   * Returns the header in force for a line, or the line itself as a header. A file without one has that of the file before
   * it: the service wrote it before the file was emptied.
   */
  at(text: string, batch: Position, stated: readonly string[]): CsvHeader | undefined {
    const header = this.note(text, batch, stated);
    if (header !== undefined || mayBeRow(text, stated)) this.#report(header);
    return header;
  }

  /** Returns the header in force behind a line. */
  note(
    text: string,
    { content = STREAM }: Position,
    stated: readonly string[],
  ): CsvHeader | undefined {
    const before = this.#names.get(content) ?? { header: this.#last, expected: undefined };
    const now = follow(before, text, stated);
    if (now !== before) this.#names.set(content, now);
    this.#last = now.header;
    return now.header;
  }

  /** Names in the last header. */
  get lastNames(): readonly string[] {
    return this.#last?.names ?? [];
  }

  /** Returns why rows cannot be read, if that is new since the last call. */
  takeUnknown(): UnknownColumns | undefined {
    const unknown = this.#unknown;
    this.#unknown = undefined;
    return unknown;
  }

  #report(header: CsvHeader | undefined): void {
    const found = header ?? "no header";
    if (this.#reported === found) return;
    this.#reported = found;
    if (found === "no header") this.#unknown = { kind: "no header" };
    else if (found.missing.length > 0)
      this.#unknown = { kind: "missing", missing: found.missing, names: found.names };
  }
}

/** Returns whether a line has the values of a row. A runtime's line is read without what is around its text. */
function mayBeRow(text: string, stated: readonly string[]): boolean {
  const values = isRuntimeLine(text) ? undefined : readCsv(text);
  return values !== undefined && Object.keys(values).length >= stated.length;
}

/** Returns the names in force behind a line. */
function follow(before: NamesInForce, line: string, stated: readonly string[]): NamesInForce {
  const found = readCsvHeader(line, stated, before.expected);
  if (found === undefined && before.expected !== undefined) return before;
  const header = found ?? before.header;
  return { header, expected: [...stated, ...(header?.names ?? [])] };
}

/**
 * Returns a line with its newline, as the filter states the columns; "": it is a header, which is no message;
 * undefined: it has not the columns, or they are not known.
 */
export function readAsNamedCsv(
  text: string,
  headers: CsvHeaders,
  batch: Position,
  stated: readonly string[],
): string | undefined {
  const header = headers.at(text, batch, stated);
  if (header === undefined) return undefined;
  if (text === header.line) return "";
  const row = readByHeader(text, header);
  return row === undefined ? undefined : `${row}\n`;
}

/** Returns the header of samples with its newline, by the columns that their filter states; "": none. */
export function statedHeader(
  filters: readonly { readonly headerColumns?: readonly string[] }[],
): string {
  const stated = filters.find(({ headerColumns }) => headerColumns !== undefined)?.headerColumns;
  return stated === undefined ? "" : `${stated.join(",")}\n`;
}
