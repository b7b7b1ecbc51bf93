/**
 * Parses JSON as log formats of web servers write it. Apache, and nginx without `escape=json`, write `\x22` for a quote
 * and for every byte that is not ASCII, which is no JSON: one such byte in a user agent would hide the request. Pure.
 */
import { parseJson } from "../../domain/json.ts";

export interface LoggedJson {
  /** The text as valid JSON, if it can be read. */
  readonly json: string;
  /** undefined: the text is no JSON. */
  readonly root: unknown;
}

/** Matches an escape, so that the second of two backslashes begins none. */
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|[^])/g;

export function parseLoggedJson(text: string): LoggedJson {
  const root = parseJson(text);
  if (root !== undefined || !/\\[xv]/.test(text)) return { json: text, root };
  const json = text.replace(ESCAPE, (escape, code: string | undefined) => {
    if (code !== undefined) return `\\u00${code}`;
    return escape === "\\v" ? "\\u000b" : escape;
  });
  return { json, root: parseJson(json) };
}
