/** A naive matcher for tests, written only from docs/filters.md: finds every way in which a pattern matches a line. */
import { isIP } from "node:net";
import type { Part } from "./naive-pattern.ts";

export interface Reading {
  readonly end: number;
  readonly ip: string | undefined;
  /** Position of `ip`; -1: none. */
  readonly ipAt: number;
  readonly host: string | undefined;
  readonly user: string | undefined;
  /** The kind of part that ends at `end`, if that matters for the next one. */
  readonly beside: "skip" | "ip" | undefined;
}

const START: Reading = {
  ...{ end: 0, ip: undefined, ipAt: -1, host: undefined, user: undefined, beside: undefined },
};

/** Maximum number of readings of a part of a pattern; a line with more is not compared. */
const MAX_READINGS = 5000;

/** Every way to match a line; undefined: too many. */
export function readings(parts: readonly Part[], line: string): readonly Reading[] | undefined {
  if (!containsTexts(parts, line)) return [];
  const all = readOn(parts, line, [START]);
  return all?.filter(({ end }) => end === line.length);
}

/** Rules out most patterns of a filter quickly. */
function containsTexts(parts: readonly Part[], line: string): boolean {
  let at = 0;
  for (const part of parts) {
    if (part.is !== "text") continue;
    const found = line.indexOf(part.text, at);
    if (found < 0) return false;
    at = found + part.text.length;
  }
  return true;
}

function readOn(
  parts: readonly Part[],
  line: string,
  from: readonly Reading[],
): readonly Reading[] | undefined {
  let all = from;
  for (const [i, part] of parts.entries()) {
    const next = all.map((reading) => readPart(part, parts[i + 1], line, reading));
    if (next.includes(undefined)) return undefined;
    const different = new Map(
      next.flatMap((some) => some ?? []).map((reading) => [JSON.stringify(reading), reading]),
    );
    if (different.size > MAX_READINGS) return undefined;
    all = [...different.values()];
  }
  return all;
}

function readPart(
  part: Part,
  following: Part | undefined,
  line: string,
  from: Reading,
): readonly Reading[] | undefined {
  const { end: at } = from;
  switch (part.is) {
    case "text":
      if (!line.startsWith(part.text, at)) return [];
      return [{ ...from, end: at + part.text.length, beside: undefined }];
    case "skip":
      return endsOf("text", line, at).flatMap((end) => {
        if (end === at) return [from];
        const text = line.slice(at, end);
        if (from.beside === "ip" && !mayStandAfter(from.ip ?? "", text)) return [];
        return [{ ...from, end, beside: "skip" as const }];
      });
    case "field":
      return readField(part, following, line, from);
    case "optional": {
      const taken = readOn(part.parts, line, [from]);
      return taken && [...taken, from];
    }
    case "choice": {
      const taken = part.branches.map((branch) => readOn(branch, line, [from]));
      return taken.includes(undefined) ? undefined : taken.flatMap((some) => some ?? []);
    }
  }
}

function readField(
  { name, type }: Extract<Part, { readonly is: "field" }>,
  following: Part | undefined,
  line: string,
  from: Reading,
): readonly Reading[] {
  const { end: at } = from;
  if (type === "ip" || type === "endpoint") {
    if (from.beside === "skip" && isPart(line.charAt(at - 1))) return [];
    const peers = name === "ip" ? addressesAt : allAddressesAt;
    const found = type === "ip" ? peers(line, at) : endpointsAt(line, at);
    return found.map(({ text, start, end }) => {
      if (name !== "ip") return { ...from, end, beside: undefined };
      const peer = from.ip === undefined ? { ip: text, ipAt: start } : {};
      return { ...from, ...peer, end, beside: "ip" as const };
    });
  }
  const after = following?.is === "text" ? following.text : "";
  return endsOf(type, line, at, after).map((end) => {
    const text = line.slice(at, end);
    const host = name === "host" ? text : undefined;
    const user = name === "user" ? (type === "quoted" ? text.slice(1, -1) : text) : undefined;
    const read = { host: from.host ?? host, user: from.user ?? user };
    return { ...from, ...read, end, beside: undefined };
  });
}

/** The positions where a field of a type that begins at `from` can end. `after`: the literal text behind it. */
function endsOf(type: string, line: string, from: number, after = ""): readonly number[] {
  const run = (expression: RegExp): readonly number[] => {
    const { length = 0 } = new RegExp(expression, "y").exec(line.slice(from))?.[0] ?? {};
    return Array.from({ length }, (_, i) => from + i + 1);
  };
  switch (type) {
    case "text":
      return [from, ...run(/[^]+/)];
    case "name":
      return [from, ...run(/[^:]+/)];
    case "word":
    case "host":
      return run(/[^\t-\r ]+/);
    case "int":
      return run(/[0-9]+/);
    case "quoted": {
      const { length } = /^"(?:[^"\\]|\\.)*"/s.exec(line.slice(from))?.[0] ?? { length: 0 };
      return length === 0 ? [] : [from + length];
    }
    case "short": {
      const end = line.indexOf(after, from);
      return end < 0 ? [] : [end];
    }
    default: {
      const stops = type.slice(type.indexOf("=") + 1);
      if (type.startsWith("unescaped=")) return unescapedEnds(stops, line, from);
      let end = from;
      while (end < line.length && !stops.includes(line.charAt(end))) end++;
      return Array.from({ length: end - from }, (_, i) => from + i + 1);
    }
  }
}

/** Ends of a text in which these characters stand only behind a backslash, which escapes any character. */
function unescapedEnds(stops: string, line: string, from: number): readonly number[] {
  const ends = [from];
  for (let end = from; end < line.length && !stops.includes(line.charAt(end)); ends.push(end)) {
    end += line.charAt(end) === "\\" ? 2 : 1;
    if (end > line.length) break;
  }
  return ends;
}

/** A character that can be part of a word, a number or an address. */
const isPart = (char: string): boolean => /^[0-9A-Za-z_.%:-]$/.test(char);

/** Free text directly behind an address must begin with a character that cannot be part of an address. */
function mayStandAfter(ip: string, text: string): boolean {
  const rest = text.slice(/^[.:]/.test(text) ? 1 : 0);
  // An IPv6 address cannot continue after these.
  const isEnded = !ip.includes(":") || ip.includes(".") || ip.includes("%");
  if (isEnded && /^\.?:/.test(text)) return true;
  return rest === "" || !isPart(rest.charAt(0));
}

interface Found {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The addresses that begin at a position, and are no part of a longer one if a colon joins them to a number. */
function addressesAt(line: string, start: number): readonly Found[] {
  const joined = /(?:^|[^0-9A-Za-z])[0-9A-Fa-f]*:$/.test(line.slice(0, start));
  return allAddressesAt(line, start).filter(({ text, end }) => {
    if (!text.includes(":")) return true;
    const isOpen = /^:[0-9A-Fa-f:]/.test(line.slice(end)) && !hasCertainEnd(text);
    return !joined && (!isOpen || hasLongPort(line, end));
  });
}

function allAddressesAt(line: string, start: number): readonly Found[] {
  const [run = ""] = /^[0-9A-Fa-f:.]+(?:%[\w.~-]{1,15})?/.exec(line.slice(start)) ?? [];
  return Array.from({ length: run.length }, (_, i) => run.slice(0, i + 1))
    .filter((text) => isIP(text) !== 0)
    .map((text) => ({ text, start, end: start + text.length }));
}

/** Whether an address is complete by itself: IPv4, all eight groups, a zone or an IPv4 end. */
function hasCertainEnd(text: string): boolean {
  return !text.includes(":") || /[%.]/.test(text) || !text.includes("::");
}

function hasLongPort(line: string, at: number): boolean {
  return /^:\d{5,}(?![0-9A-Za-z]|:[0-9A-Fa-f:])/.test(line.slice(at));
}

function endpointsAt(line: string, at: number): readonly Found[] {
  const inBrackets = line.charAt(at) === "[";
  const found = allAddressesAt(line, inBrackets ? at + 1 : at);
  return found.flatMap(({ text, start, end: last }) => {
    if (inBrackets && line.charAt(last) !== "]") return [];
    const end = inBrackets ? last + 1 : last;
    const port = /^:\d+/.exec(line.slice(end))?.[0] ?? "";
    const withPort = { text, start, end: end + port.length };
    if (!inBrackets && !hasCertainEnd(text)) return hasLongPort(line, end) ? [withPort] : [];
    return [withPort, { text, start, end }];
  });
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
