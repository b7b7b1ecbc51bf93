/**
 * Follows the quotes of CSV over lines: a value in quotes may contain line breaks, and a client's value lines that look
 * like rows. A service doubles the quotes within a value (RFC 4180), so a client writes even numbers of them; a single one
 * shows where a value begins or ends. That is used where it is unknown whether a quote is open: behind a row that was
 * never completed, or that is no CSV. Pure.
 */
import type { QuotedLine, QuoteState } from "../../domain/record-start.ts";
import { forgetCachedHeader } from "../header/cached-header.ts";
import { createHeader } from "../header/header.ts";
import { isSyslogLine } from "../header/is-syslog-line.ts";
import { readHeader } from "../header/read-header.ts";
import { isQuoteBehindBlank } from "./read-record.ts";
import { dockerOpening } from "./unwrap-container.ts";

const QUOTE = 34;

/**
 * Reads lines of logs that syslog daemons write too: their lines open no quote, because a message in them has no line
 * break. `line`: without its newline.
 */
export function readSyslogQuotes(line: string, before: QuoteState): QuotedLine {
  if (before === "closed" && line.includes('"') && isSyslogRow(line))
    return { after: "closed", isRow: true };
  return readQuotes(line, before);
}

/** `line`: without its newline. */
export function readQuotes(line: string, before: QuoteState): QuotedLine {
  if (!line.includes('"')) return { after: before, isRow: before === "closed" };
  if (before === "unknown") return searchBoundary(line, 0);
  if (before === "closed" && dockerOpening(line, 0) > 0) return { after: "closed", isRow: true };
  const end = readValues(line, 0, before === "open");
  if (typeof end === "string") return { after: end, isRow: before === "closed" };
  // No CSV. An open quote may be the rest of a row that was never completed: the line is then a row itself.
  const found = searchBoundary(line, before === "closed" ? end : 0);
  return before === "closed" ? { ...found, isRow: true } : found;
}

/**
 * Reads values from the beginning of one, or from within quotes. Returns how the line ends, or the position behind a
 * closing quote that text follows.
 */
function readValues(line: string, start: number, isOpen: boolean): QuoteState | number {
  let at = start;
  for (let isInside = isOpen; ; isInside = false) {
    while (!isInside && line.charCodeAt(at) !== QUOTE) {
      // Not RFC 4180: some services quote a value behind a blank, others write it as it is.
      if (isQuoteBehindBlank(line, at)) return "unknown";
      const comma = line.indexOf(",", at);
      if (comma < 0) return "closed";
      at = comma + 1;
    }
    const end = closingQuote(line, isInside ? at : at + 1);
    if (end < 0) return "open";
    if (isEnd(line, end + 1)) return "closed";
    if (line.charAt(end + 1) !== ",") return end + 1;
    at = end + 2;
  }
}

/** Returns the position of the next quote that is not doubled; -1: none. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at >= 0 && line.charCodeAt(at + 1) === QUOTE) at = line.indexOf('"', at + 2);
  return at;
}

/** Searches an odd number of quotes that can only begin a value, or only end one. */
function searchBoundary(line: string, from: number): QuotedLine {
  for (let at = line.indexOf('"', from); at >= 0; ) {
    let end = at;
    while (line.charCodeAt(end) === QUOTE) end++;
    const mayBegin = at === 0 || line.charAt(at - 1) === ",";
    const mayEnd = isEnd(line, end) || line.charAt(end) === ",";
    if ((end - at) % 2 === 1 && mayBegin !== mayEnd) {
      const rest = readValues(line, mayBegin ? at : end - 1, mayEnd);
      return { after: typeof rest === "string" ? rest : "unknown", isRow: mayBegin };
    }
    at = line.indexOf('"', end);
  }
  return { after: "unknown", isRow: false };
}

/** A line may end with the carriage return of its line break. */
function isEnd(line: string, at: number): boolean {
  return at === line.length || (at === line.length - 1 && line.endsWith("\r"));
}

/** Returns whether a row is behind a syslog header. A header with a comma or a quote is the beginning of a row itself. */
function isSyslogRow(line: string): boolean {
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  forgetCachedHeader(header);
  return isSyslogLine(header) && !/[",]/.test(line.slice(0, header.messageStart));
}
