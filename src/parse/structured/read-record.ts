/**
 * Reads structured messages that are not JSON: logfmt and other `key=value` pairs, CSV, CEF and LEEF. A key that
 * occurs twice has no value that can be believed, because it is unknown which of them the service wrote. Linear in the
 * length of the message.
 */
import { blankAfter, skipBlanks } from "../characters.ts";
import { AMBIGUOUS } from "./record-path.ts";

/** Values by name; in CSV by position, from "1". */
export type FlatRecord = Readonly<Record<string, unknown>>;

/** Maximum number of values in a message. One with more is not read: a key of the others may occur again in the rest. */
export const MAX_VALUES = 256;

export class Values {
  readonly record: Record<string, unknown> = Object.create(null);
  #count = 0;

  get isOverfull(): boolean {
    return this.#count > MAX_VALUES;
  }

  add(key: string, value: string): void {
    this.#count++;
    this.record[key] = this.record[key] === undefined ? value : AMBIGUOUS;
  }
}

/**
 * Reads `key=value key="a \"quoted\" value"`. Words without "=" are skipped. undefined: no pair, or a quote that is not
 * closed before a space, or more pairs than are read.
 */
export function readLogfmt(message: string): FlatRecord | undefined {
  const text = message.replaceAll("\t", " ");
  const values = new Values();
  let at = 0;
  while (at < text.length && !values.isOverfull) {
    const start = skipBlanks(text, at, text.length);
    const word = text.slice(start, blankAfter(text, start, text.length));
    const equals = word.indexOf("=");
    at = start + word.length;
    if (equals < 1) continue;
    const from = start + equals + 1;
    const isQuoted = text.charCodeAt(from) === QUOTE;
    if (isQuoted) at = quotedEnd(text, from);
    if (at < 0) return undefined;
    const value = text.slice(from, at);
    values.add(word.slice(0, equals), isQuoted ? unescape(value.slice(1, -1)) : value);
  }
  return values.isOverfull || Object.keys(values.record).length === 0 ? undefined : values.record;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** Returns the position after the closing quote; -1 if nothing closes it, or it is directly followed by text. */
function quotedEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE)
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  if (at >= text.length) return -1;
  return blankAfter(text, at + 1, text.length) === at + 1 ? at + 1 : -1;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", " "],
  ["t", "\t"],
]);

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, (_, char: string) => ESCAPES.get(char) ?? char);
}

/**
 * Reads CSV as in RFC 4180: values between commas, in quotes if they contain one; a quote is doubled. undefined: a
 * quote is not closed, or is behind a blank, where it is unknown whether it begins a value in quotes; or
 * more values than are read.
 */
export function readCsv(text: string): FlatRecord | undefined {
  const values = new Values();
  let position = 0;
  for (let at = 0; at <= text.length && !values.isOverfull; at++) {
    position++;
    if (text.charCodeAt(at) !== QUOTE) {
      if (isQuoteBehindBlank(text, at)) return undefined;
      const comma = text.indexOf(",", at);
      const end = comma < 0 ? text.length : comma;
      values.add(String(position), text.slice(at, end));
      at = end;
      continue;
    }
    const [value = "", inner = ""] = /^"((?:[^"]|"")*)"(?=,|$)/.exec(text.slice(at)) ?? [];
    if (value === "") return undefined;
    values.add(String(position), inner.replaceAll('""', '"'));
    at += value.length;
  }
  return position < 2 || values.isOverfull ? undefined : values.record;
}

const BLANKS_AND_QUOTE = /\s+"/y;

/** Returns whether a value that begins at a position has a quote behind its first blanks. */
export function isQuoteBehindBlank(text: string, at: number): boolean {
  BLANKS_AND_QUOTE.lastIndex = at;
  return BLANKS_AND_QUOTE.test(text);
}

const CEF_HEADER = ["vendor", "product", "version", "id", "title", "severity"] as const;
const LEEF_HEADER = ["vendor", "product", "version", "id"] as const;

/** Reads `CEF:0|vendor|product|version|id|title|severity|src=… msg=…`, `LEEF:1.0|vendor|product|version|id|src=…⇥…`. */
export function readCef(text: string): FlatRecord | undefined {
  const [opening, kind] = /^(CEF|LEEF):\d[.\d]*\|/.exec(text) ?? [];
  if (opening === undefined) return undefined;
  const names = kind === "CEF" ? CEF_HEADER : LEEF_HEADER;
  const values = new Values();
  let at = opening.length;
  for (const name of names) {
    const [whole, value = ""] = /^((?:[^|\\]|\\.)*)\|/.exec(text.slice(at)) ?? [];
    if (whole === undefined) return undefined;
    values.add(name, unescape(value));
    at += whole.length;
  }
  const rest = text.slice(at);
  if (kind === "CEF") addExtension(values, rest);
  else addLeef(values, rest);
  return values.isOverfull ? undefined : values.record;
}

/** Adds the pairs of CEF. A value ends before the next name and "="; an "=" inside it is escaped. */
function addExtension(values: Values, text: string): void {
  const starts = [...text.matchAll(/(?:^| )([\w.[\]-]+)=/g)];
  for (const [i, { 0: opening, 1: key = "", index }] of starts.entries()) {
    if (values.isOverfull) return;
    const end = starts[i + 1]?.index ?? text.length;
    values.add(key, unescape(text.slice(index + opening.length, end)));
  }
}

/**
 * Adds the pairs of LEEF. They are separated by tabs, or in version 2 by a character that a field names, or its code as
 * in "x5E".
 */
function addLeef(values: Values, text: string): void {
  const [written = "", named = ""] = /^(0?x[\da-fA-F]{2}|[^\w\s])\|/.exec(text) ?? [];
  const code = /[xX]([\da-fA-F]{2})/.exec(named)?.[1];
  const separator = code === undefined ? named || "\t" : String.fromCharCode(parseInt(code, 16));
  for (const pair of text.slice(written.length).split(separator)) {
    const equals = pair.indexOf("=");
    if (equals > 0) values.add(pair.slice(0, equals), pair.slice(equals + 1));
  }
}
