/**
 * Reads the structured data of RFC 5424 (section 6.3), `[sshd@1 user="x" ip="203.0.113.5"][…] message`, as objects by
 * the names of their elements. Linear in its length. Pure.
 */
import { Values } from "./read-record.ts";

/** Matches one parameter with the blank before it. A quote, a backslash and a bracket are escaped in its value. */
const PARAMETER = / ([^\s="\]]{1,32})="((?:[^"\\\]]|\\[^])*)"/y;
const NAME = /\[([^\s="\]]{1,64})/y;

/** Returns undefined if the text does not begin with structured data, or if an element is malformed or occurs twice. */
export function readStructuredData(text: string): Readonly<Record<string, unknown>> | undefined {
  const elements: Record<string, unknown> = Object.create(null);
  let at = 0;
  while (text.charCodeAt(at) === BRACKET) {
    NAME.lastIndex = at;
    const [opening = "", name = ""] = NAME.exec(text) ?? [];
    if (opening === "" || elements[name] !== undefined) return undefined;
    at += opening.length;
    const values = new Values();
    for (;;) {
      PARAMETER.lastIndex = at;
      const [written, key = "", value = ""] = PARAMETER.exec(text) ?? [];
      if (written === undefined || values.isOverfull) break;
      values.add(key, value.replace(/\\(["\\\]])/g, "$1"));
      at += written.length;
    }
    // "]"
    if (values.isOverfull || text.charCodeAt(at) !== 93) return undefined;
    at++;
    elements[name] = values.record;
  }
  if (at === 0 || (at < text.length && text.charCodeAt(at) !== BLANK)) return undefined;
  elements[MESSAGE] ??= text.slice(at).replace(/^ ?\ufeff?/, "");
  return elements;
}

const BRACKET = 91;
const BLANK = 32;
/** The key of the message behind it. */
const MESSAGE = "message";
