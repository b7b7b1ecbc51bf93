/** A naive matcher for tests, written only from docs/filters.md: finds every way in which a pattern matches a line. */
import { isIP } from "node:net";

export type Part =
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "field"; readonly name: string; readonly type: string }
  | { readonly is: "skip" }
  | { readonly is: "optional"; readonly parts: readonly Part[] }
  | { readonly is: "choice"; readonly branches: readonly (readonly Part[])[] };

/** Formats parts as a pattern. */
export function spell(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      switch (part.is) {
        case "text":
          return part.text;
        case "field":
          return `{${part.name}:${part.type}}`;
        case "skip":
          return "{*}";
        case "optional":
          return `{?${spell(part.parts)}}`;
        case "choice":
          return `{${part.branches.map(spell).join("|")}}`;
      }
    })
    .join("");
}

/** Texts beside each other are one. */
export function joinTexts(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.is === "text" && last?.is === "text")
      joined.splice(-1, 1, { is: "text", text: last.text + part.text });
    else if (part.is === "optional") joined.push({ is: "optional", parts: joinTexts(part.parts) });
    else if (part.is === "choice")
      joined.push({ is: "choice", branches: part.branches.map(joinTexts) });
    else joined.push(part);
  }
  return joined;
}

export interface Reading {
  readonly end: number;
  readonly ip: string | undefined;
  readonly ipAt: number;
  readonly user: string | undefined;
}

/** Whether a text is valid for a field's type, as in docs/filters.md. */
function fits(type: string, text: string): boolean {
  switch (type) {
    case "ip":
      return isIP(text) !== 0 && /^[^%]*(?:%[\w.~-]{1,15})?$/.test(text);
    case "host":
    case "word":
      return /^\S+$/.test(text);
    case "int":
      return /^[0-9]+$/.test(text);
    case "name":
      return !text.includes(":");
    case "until=]":
      return text !== "" && !text.includes("]");
    case "quoted":
      return /^"(?:[^"\\]|\\.)*"$/.test(text);
    default:
      return true;
  }
}

/** A character that can be part of a word, a number or an address. */
const isPart = (char: string): boolean => /^[0-9A-Za-z_.%:-]$/.test(char);

/** Free text directly beside an address must end, or begin, with a character that cannot be part of an address. */
function mayStandBefore(text: string): boolean {
  return text === "" || !isPart(text.charAt(text.length - 1));
}

function mayStandAfter(ip: string, text: string): boolean {
  const rest = text.slice(/^[.:]/.test(text) ? 1 : 0);
  // An IPv6 address cannot continue after these.
  const isEnded = !ip.includes(":") || ip.includes(".") || ip.includes("%");
  if (isEnded && /^\.?:/.test(text)) return true;
  return rest === "" || !isPart(rest.charAt(0));
}

function inside(type: string, text: string): string {
  return type === "quoted" ? text.slice(1, -1) : text;
}

/** Every way to match the parts from a position. */
export function* readings(
  parts: readonly Part[],
  line: string,
  from: Reading,
  before: { readonly skip: string | undefined; readonly ip: string | undefined },
): Generator<Reading> {
  const [part, ...rest] = parts;
  if (part === undefined) {
    yield from;
    return;
  }
  const at = from.end;
  const none = { skip: undefined, ip: undefined };
  switch (part.is) {
    case "text":
      if (line.startsWith(part.text, at))
        yield* readings(rest, line, { ...from, end: at + part.text.length }, none);
      return;
    case "skip":
      for (let end = at; end <= line.length; end++) {
        const text = line.slice(at, end);
        if (before.ip !== undefined && !mayStandAfter(before.ip, text)) continue;
        yield* readings(rest, line, { ...from, end }, { skip: text, ip: undefined });
      }
      return;
    case "field":
      for (let end = at; end <= line.length; end++) {
        const text = line.slice(at, end);
        if (!fits(part.type, text)) continue;
        // Ends at the first position of the text that follows.
        const [next] = rest;
        if (part.type === "short" && next?.is === "text")
          if ((text + next.text).indexOf(next.text) < text.length) continue;
        const isPeer = part.name === "ip";
        if (isPeer && before.skip !== undefined && !mayStandBefore(before.skip)) continue;
        const user =
          part.name === "user" && from.user === undefined ? inside(part.type, text) : from.user;
        const told = isPeer && from.ip === undefined ? { ip: text, ipAt: at } : {};
        yield* readings(
          rest,
          line,
          { ...from, ...told, user, end },
          isPeer ? { skip: undefined, ip: text } : none,
        );
      }
      return;
    case "optional":
      yield* readings([...part.parts, ...rest], line, from, before);
      yield* readings(rest, line, from, before);
      return;
    case "choice":
      for (const branch of part.branches) yield* readings([...branch, ...rest], line, from, before);
  }
}

/**
 * The addresses in a line. A run of address characters that is an address counts as that address only, not as a part of
 * it.
 */
export function addressesIn(line: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { 0: run, index } of line.matchAll(/[0-9A-Fa-f:.]+/g)) {
    const isWord = /[g-z_]/i.test(line.charAt(index - 1) + line.charAt(index + run.length));
    if (isIP(run) !== 0 && !isWord) {
      found.add(run);
      continue;
    }
    for (let from = 0; from < run.length; from++) {
      for (let to = from + 2; to <= run.length; to++) {
        if (isIP(run.slice(from, to)) !== 0) found.add(run.slice(from, to));
      }
    }
  }
  return found;
}
