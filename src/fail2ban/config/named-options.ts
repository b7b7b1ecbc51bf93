/** Parses `name[key=value, key="value, with comma"][key='…']`, which names filters and actions with their options. */
import { fail, ok, type Result } from "../../domain/result.ts";

export interface NamedOptions {
  readonly name: string;
  readonly options: ReadonlyMap<string, string>;
}

const NAME = /^[^[]+/;
const KEY = /^[\w.-]+(?:\?[\w.-]+=[\w.-]+)?(?==)/;

/** Parses one name with options; the error is the text from which parsing stopped. */
export function parseNamedOptions(text: string): Result<NamedOptions, string> {
  const name = NAME.exec(text)?.[0] ?? "";
  const options = new Map<string, string>();
  let rest = text.slice(name.length).trimEnd();
  if (name.trim() === "") return fail("expected a name before the options");
  if (rest === "") return ok({ name: name.trim(), options });
  if (!rest.endsWith("]")) return fail(`expected "]" at the end, found ${quote(rest.slice(-25))}`);
  rest = rest.slice(1, -1);
  for (;;) {
    rest = rest.trimStart();
    if (rest === "" || rest === ",") return ok({ name: name.trim(), options });
    const key = KEY.exec(rest)?.[0];
    if (key === undefined) return fail(`expected KEY=VALUE, found ${quote(rest)}`);
    const value = takeValue(rest.slice(key.length + 1));
    options.set(key, value.text.trim());
    const separator = /^\s*(?:,|\]\s*\[|$)/.exec(value.rest);
    if (separator === null) return fail(`unexpected ${quote(value.rest)} after option ${key}`);
    rest = value.rest.slice(separator[0].length);
  }
}

function takeValue(text: string): { readonly text: string; readonly rest: string } {
  const [first = ""] = text;
  const end = first === '"' || first === "'" ? text.indexOf(first, 1) : -1;
  if (end > 0) return { text: text.slice(1, end), rest: text.slice(end + 1) };
  const plain = /^[^,\]]*/.exec(text)?.[0] ?? "";
  return { text: plain, rest: text.slice(plain.length) };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 25));
}

/** Splits a list of names with options at blanks and newlines outside brackets. */
export function splitNamedOptions(text: string): readonly string[] {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at >= text.length) return parts;
    const end = endOfOne(text, at);
    parts.push(text.slice(at, end).trim());
    at = end;
  }
}

function endOfOne(text: string, from: number): number {
  let at = from;
  while (at < text.length && !/[\s[]/.test(text[at] ?? "")) at++;
  const bracket = /^\s*\[/.exec(text.slice(at));
  if (bracket === null) return at;
  const end = endOfBrackets(text, at + bracket[0].length);
  // Without a closing bracket the part ends at the next blank; parsing it reports the mistake.
  if (end !== undefined) return end;
  while (at < text.length && !/\s/.test(text[at] ?? "")) at++;
  return at;
}

/** Returns the position after the last "]" of one or several bracket groups. */
function endOfBrackets(text: string, inside: number): number | undefined {
  let quoted = "";
  for (let at = inside; at < text.length; at++) {
    const char = text[at] ?? "";
    if (quoted !== "") {
      if (char === quoted) quoted = "";
    } else if ((char === '"' || char === "'") && text[at - 1] === "=") quoted = char;
    else if (char === "]") {
      const next = /^\s*\[/.exec(text.slice(at + 1));
      if (next === null) return at + 1;
      at += next[0].length;
    }
  }
  return undefined;
}
