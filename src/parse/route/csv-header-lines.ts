/** Reads lines of a CSV log by the last line of their file that names its columns. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { type CsvHeader, readByHeader, readCsvHeader } from "../structured/csv-header.ts";
import { readCsv } from "../structured/read-record.ts";
import { isRuntimeLine } from "../structured/unwrap-line.ts";

/** Stands for the only text of a source without files. */
const STREAM = {};

type Position = Pick<LineBatch, "content" | "eachBefore">;

interface NamesInForce {
  readonly header: CsvHeader | undefined;
  /** Whether the next line is the first of its file. */
  readonly isAtStart: boolean;
}

/** Why no row of a log can be read. */
export type UnknownColumns =
  | { readonly kind: "no header" }
  | {
      readonly kind: "missing";
      readonly missing: readonly string[];
      readonly names: readonly string[];
    };

const MAX_NAMES = 20;

/** Explains it for people. */
export function explainColumns(unknown: UnknownColumns): string {
  if (unknown.kind === "no header") return "no line before its rows names the columns";
  const { missing, names } = unknown;
  const shown = [...names.slice(0, MAX_NAMES), ...(names.length > MAX_NAMES ? ["…"] : [])];
  return `its last header lacks ${missing.join(", ")}: ${shown.join(", ")}`;
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
    const { content = STREAM } = batch;
    const before = this.#names.get(content) ?? this.#recall(batch, stated);
    const now = follow(before, text, stated);
    this.#names.set(content, now);
    this.#last = now.header;
    if (now.header !== undefined || mayBeRow(text, stated)) this.#report(now.header);
    return now.header;
  }

  /** Returns why rows cannot be read, if that is new since the last call. */
  takeUnknown(): UnknownColumns | undefined {
    const unknown = this.#unknown;
    this.#unknown = undefined;
    return unknown;
  }

  /** Finds the header in force where reading begins in the middle of a file. */
  #recall({ eachBefore }: Position, stated: readonly string[]): NamesInForce {
    let names: NamesInForce = { header: this.#last, isAtStart: true };
    eachBefore?.((line) => {
      names = follow(names, line, stated);
    });
    return names;
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
function follow(
  { header, isAtStart }: NamesInForce,
  line: string,
  stated: readonly string[],
): NamesInForce {
  const expected = isAtStart ? undefined : [...stated, ...(header?.names ?? [])];
  return { header: readCsvHeader(line, stated, expected) ?? header, isAtStart: false };
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

/** Returns an `eachBefore` for samples, which have the columns that the filter states. */
export function statedHeader(
  filters: readonly { readonly headerColumns?: readonly string[] }[],
): LineBatch["eachBefore"] {
  const stated = filters.find(({ headerColumns }) => headerColumns !== undefined)?.headerColumns;
  return stated && ((visit) => visit(stated.join(",")));
}
