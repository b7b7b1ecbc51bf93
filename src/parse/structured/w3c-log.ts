/**
 * Reads lines of the W3C extended log file format, whose columns a directive names (`#Fields: date time c-ip …`). A
 * directive may change in the middle of a log. Linear in the length of a line. Pure.
 */
import { detachString } from "../../domain/detach-string.ts";
import { AMBIGUOUS } from "./record-path.ts";

/** The columns in force, and the date of lines that have only a time of day. */
export interface W3cColumns {
  /** undefined: no directive is known, or its lines cannot be believed. */
  readonly names: readonly string[] | undefined;
  /** `YYYY-MM-DD hh:mm:ss` of the last #Date; "": none. */
  readonly date: string;
}

export const NO_COLUMNS: W3cColumns = { names: undefined, date: "" };

export const FIELDS = "#Fields:";
export const DATE = "#Date:";

const MAX_COLUMNS = 128;

/** Reads a line that begins with "#". Other directives change nothing. */
export function readDirective(line: string, columns: W3cColumns): W3cColumns {
  if (line.startsWith(FIELDS)) return { ...columns, names: namesIn(line.slice(FIELDS.length)) };
  if (!line.startsWith(DATE)) return columns;
  const [date = ""] = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(line.slice(0, MAX_DATE)) ?? [];
  return { ...columns, date: detachString(date) };
}

const MAX_DATE = 64;

function namesIn(text: string): readonly string[] | undefined {
  const names = detachString(text)
    .split(/[ \t]+/)
    .filter((name) => name !== "");
  const isReadable = names.every((name) => /^[\w()-]{1,64}$/.test(name));
  const [first] = names;
  if (first === undefined || names.length > MAX_COLUMNS || !isReadable) return undefined;
  return mayBeginWithText(first) ? undefined : names;
}

/**
 * Returns whether lines begin with a text that a client may choose, such as `cs-username` or the header
 * `X-Forwarded-For`: it could begin with "#Fields:" too, and so name other columns.
 */
function mayBeginWithText(name: string): boolean {
  return /^(?:c|cs|r|x)[-(]/i.test(name) && name !== "c-ip" && name !== "c-port";
}

/** Reads the values of a line, without those that are "-"; undefined: it has not the columns. */
export function readW3cLine(
  line: string,
  { names, date }: W3cColumns,
): Readonly<Record<string, unknown>> | undefined {
  if (names === undefined) return undefined;
  const plain = line.trimEnd().split(BLANKS);
  // A quote may also be a character of a client's text, which such services write without blanks.
  const values = plain.length === names.length ? plain.map(valueOf) : splitQuoted(line.trimEnd());
  if (values?.length !== names.length) return undefined;
  const record: Record<string, unknown> = Object.create(null);
  for (const [i, name] of names.entries()) {
    const value = values[i];
    if (value === undefined) continue;
    // Of a column that occurs twice, nobody can tell which value is meant.
    record[name] = record[name] === undefined ? value : AMBIGUOUS;
  }
  const clock = record["time"];
  if (record["date"] === undefined && typeof clock === "string" && clock >= date.slice(11))
    record["date"] = date.slice(0, 10);
  return record;
}

const BLANKS = /[ \t]+/;

/** Returns the number of values in a line; undefined: a quote is not closed. */
export function countW3cValues(line: string): number | undefined {
  return splitQuoted(line.trimEnd())?.length;
}

/** Returns undefined for a value that is absent. */
function valueOf(value: string): string | undefined {
  if (value === "-") return undefined;
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.slice(1, -1).replaceAll('""', '"') : value;
}

/** Splits at blanks outside of quotes; undefined: a quote is not closed before a blank. */
function splitQuoted(line: string): readonly (string | undefined)[] | undefined {
  const values: (string | undefined)[] = [];
  for (let at = 0; at < line.length && values.length <= MAX_COLUMNS; ) {
    VALUE.lastIndex = at;
    const [value = "", blanks = ""] = VALUE.exec(line) ?? [];
    if (value === "") return undefined;
    values.push(valueOf(value.slice(0, value.length - blanks.length)));
    at += value.length;
  }
  return values;
}

const VALUE = /(?:"(?:[^"]|"")*"(?=[ \t]|$)|[^" \t][^ \t]*)([ \t]+|$)/y;
