/**
 * Compiles pattern parts to the source of a regular expression that V8 can always run in linear time. It has no
 * lookaround, no back reference, no large counts, no case folding (compile-filter.ts checks it). Free text is greedy,
 * so of two possible positions the later one is the address: what a client wrote earlier in the line cannot replace it.
 */
import { isPeer, withJoints } from "./address-neighbors.ts";
import {
  addressSource,
  endpointSource,
  type Grammar,
  hostSource,
  ipSource,
} from "./address-source.ts";
import { alternativesOf } from "./expand-optionals.ts";
import { beforeFirst, classOf } from "./first-occurrence.ts";
import { type RequiredTexts, requiredOfChoice } from "../expression/required-texts.ts";
import { escapeLiteral } from "../route/literal-scan.ts";
import type { FieldPart, FieldType, PatternPart } from "./pattern.ts";

export interface CompiledPattern {
  /** Matches from the message's first character to the end of the line. */
  readonly source: string;
  /**
   * Field name of each capture group, in order; a name may occur more than once. Only fields used by a match are
   * captured.
   */
  readonly groups: readonly string[];
  /** Every literal text with which a matching message can begin; [""] if it can begin with anything. */
  readonly openings: readonly string[];
  readonly required: RequiredTexts;
}

/** Matches what `isBlankCode` does not. */
const NO_BLANK = "[^\\t-\\r ]";

/** Types that end at one of some characters. */
type Ended = "until" | "unescaped";

const FIELD_SOURCE: { readonly [type in Exclude<FieldType, "short" | Ended>]: string } = {
  ip: addressSource("exact"),
  endpoint: endpointSource({ grammar: "exact", peer: (inner) => inner, port: (inner) => inner }),
  host: `${NO_BLANK}+`,
  word: `${NO_BLANK}+`,
  int: "[0-9]+",
  text: "[^\\n]*",
  // An account name for services that allow no colon in it, so that text after a colon cannot be mistaken for the
  // address.
  name: "[^:\\n]*",
  quoted: '(?:[^"\\\\\\n]|\\\\[^\\n])*',
};

const DIGITS: readonly string[] = Array.from({ length: 10 }, (_, digit) => String(digit));
/**
 * The characters with which a field can begin, if they are few. A rule that can begin with anything is tried on every
 * line.
 */
const FIELD_OPENINGS: { readonly [type in FieldType]?: readonly string[] } = {
  int: DIGITS,
  quoted: ['"'],
};
const ANYTHING: readonly string[] = [""];

/** The fields used by a match. Capturing others would cost a third of the time per line. */
const CAPTURED_FIELDS: ReadonlySet<string> = new Set([
  "ip",
  "host",
  "user",
  "count",
  "time",
  "session",
  "honeypot",
]);
/** The fields used by a login, which also identifies its connection. */
const LOGIN_FIELDS: ReadonlySet<string> = new Set([...CAPTURED_FIELDS, "port"]);
const PROXY_FIELDS: ReadonlySet<string> = new Set(["forwarded"]);

/** Selects the captured fields: those of any line, of a login, or the addresses that a proxy forwarded. */
export type PatternUse = "any" | "login" | "forwarded";

const FIELDS_OF: { readonly [use in PatternUse]: ReadonlySet<string> } = {
  any: CAPTURED_FIELDS,
  login: LOGIN_FIELDS,
  forwarded: PROXY_FIELDS,
};

const MAX_OPENINGS = 64;

export function compilePattern(
  parts: readonly PatternPart[],
  of: PatternUse = "any",
  grammar: Grammar = "quick",
): CompiledPattern {
  const groups: string[] = [];
  const writer = { groups, captured: FIELDS_OF[of], grammar };
  const source = sequenceSource(withJoints(parts), writer);
  return { source, groups, openings: openingsOf(parts), required: requiredOf(parts) };
}

interface Writer {
  readonly groups: string[];
  readonly captured: ReadonlySet<string>;
  /** The grammar for the peer's address. Both grammars have the same groups. */
  readonly grammar: Grammar;
}

function sequenceSource(parts: readonly PatternPart[], writer: Writer): string {
  const ways = alternativesOf(parts).map((way) => waySource(way, writer));
  return ways.length === 1 ? (ways[0] ?? "") : `(?:${ways.join("|")})`;
}

function waySource(parts: readonly PatternPart[], writer: Writer): string {
  let source = "";
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === undefined) break;
    if (part.kind === "field" && isPeer(part)) {
      source += peerSource(parts, i, writer);
      // These parts are written together with the address.
      if (portAfter(parts, i) !== undefined) i += 2;
    }
    // This part is written together with the adjacent address.
    else if (part.kind === "skip" && (isAddress(parts[i - 1]) || isAddress(parts[i + 1]))) continue;
    else if (part.kind === "field" && part.type === "unescaped")
      source += capture(part, unescapedSource(part, parts[i + 1]), writer);
    else source += partSource(part, writer);
  }
  return source;
}

function peerSource(parts: readonly PatternPart[], at: number, writer: Writer): string {
  const part = parts[at] as FieldPart;
  if (part.type === "endpoint") {
    const port = { ...part, name: "port" };
    return endpointSource({
      grammar: writer.grammar,
      peer: (inner) => capture(part, inner, writer),
      port: (inner) => capture(port, inner, writer),
    });
  }
  const { joints = { joinsLeft: false, joinsRight: false } } = part;
  const beside = { before: isSkip(parts[at - 1]), after: isSkip(parts[at + 1]), ...joints };
  const number = portAfter(parts, at);
  const writing = {
    grammar: writer.grammar,
    peer: (inner: string): string => capture(part, inner, writer),
    port: number && ((inner: string): string => `:${capture(number, inner, writer)}`),
  };
  return part.type === "ip" ? ipSource(beside, writing) : hostSource(beside, writing);
}

/** Returns the number in `{ip}:{port}`. */
function portAfter(parts: readonly PatternPart[], at: number): FieldPart | undefined {
  const [colon, port] = [parts[at + 1], parts[at + 2]];
  if (colon?.kind !== "literal" || colon.text !== ":" || port?.kind !== "field") return undefined;
  return port.type === "int" ? port : undefined;
}

function isSkip(part: PatternPart | undefined): boolean {
  return part?.kind === "skip";
}

function isAddress(part: PatternPart | undefined): boolean {
  return part?.kind === "field" && part.type === "ip" && isPeer(part);
}

function partSource(part: PatternPart, writer: Writer): string {
  switch (part.kind) {
    case "literal":
      return escapeLiteral(part.text);
    case "field":
      return fieldSource(part, writer);
    case "skip":
      return "[^\\n]*";
    case "optional":
      return `(?:${sequenceSource(part.parts, writer)})?`;
    case "choice":
      return `(?:${part.branches.map((branch) => sequenceSource(branch, writer)).join("|")})`;
  }
}

function fieldSource(field: FieldPart, writer: Writer): string {
  const inner = capture(field, valueSource(field), writer);
  return field.type === "quoted" ? `"${inner}"` : inner;
}

function valueSource({ type, stop }: FieldPart): string {
  if (type === "short") return beforeFirst(stop);
  if (type === "until") return `${classOf(stop, true)}+`;
  return type === "unescaped" ? unescapedSource({ stop }, undefined) : FIELD_SOURCE[type];
}

/**
 * Writes runs of plain characters between escaped ones. Before a character that ends the field there is one way only to
 * match, and the lazy repetition takes V8 half the time.
 */
function unescapedSource({ stop }: Pick<FieldPart, "stop">, next: PatternPart | undefined): string {
  const plain = `${classOf(`${stop}\\`, true)}*`;
  const isEnded = next?.kind === "literal" && stop.includes(next.text.charAt(0));
  return `${plain}(?:\\\\[^\\n]${plain})*${isEnded ? "?" : ""}`;
}

/** Captures a field that a match uses. */
function capture({ name }: FieldPart, inner: string, { groups, captured }: Writer): string {
  if (!captured.has(name)) return inner;
  groups.push(name);
  return `(${inner})`;
}

interface Openings {
  /** Beginnings that are complete because a field or free text follows. */
  readonly closed: readonly string[];
  /** Beginnings of only literals so far, which the next parts may extend. */
  readonly open: readonly string[];
}

/** Returns literal beginnings, expanded through leading optionals and alternatives, and cut at the first field. */
function openingsOf(parts: readonly PatternPart[]): readonly string[] {
  const { closed, open } = branchOpenings(parts);
  const all = [...new Set([...closed, ...open])];
  return all.length > MAX_OPENINGS || all.includes("") ? [""] : all;
}

function partOpenings(part: PatternPart): Openings {
  switch (part.kind) {
    case "literal":
      return { closed: [], open: [part.text] };
    case "field":
      return { closed: FIELD_OPENINGS[part.type] ?? ANYTHING, open: [] };
    case "skip":
      return { closed: [""], open: [] };
    case "optional": {
      const inner = branchOpenings(part.parts);
      return { closed: inner.closed, open: [...inner.open, ""] };
    }
    case "choice": {
      const branches = part.branches.map(branchOpenings);
      return {
        closed: branches.flatMap((branch) => branch.closed),
        open: branches.flatMap((branch) => branch.open),
      };
    }
  }
}

function branchOpenings(parts: readonly PatternPart[]): Openings {
  let closed: string[] = [];
  let open: string[] = [""];
  for (const part of parts) {
    const next = partOpenings(part);
    closed = [...closed, ...open.flatMap((prefix) => withPrefix(prefix, next.closed))];
    open = open.flatMap((prefix) => next.open.map((text) => prefix + text));
    if (open.length === 0) break;
    // Several alternatives in a row multiply; above the maximum the line begins with "anything".
    if (closed.length + open.length > MAX_OPENINGS) return { closed: [""], open: [] };
  }
  return { closed, open };
}

/**
 * Prepends a literal to beginnings. After a literal a digit distinguishes messages hardly better than the literal
 * alone, and ten beginnings cost more than one.
 */
function withPrefix(prefix: string, closed: readonly string[]): readonly string[] {
  if (prefix === "") return closed;
  return [...new Set(closed.map((text) => prefix + (DIGITS.includes(text) ? "" : text)))];
}

function requiredOf(parts: readonly PatternPart[]): RequiredTexts {
  const lists: (readonly string[])[] = [];
  let run = "";

  function flush(): void {
    if (run !== "") lists.push([run]);
    run = "";
  }

  for (const part of parts) {
    if (part.kind === "literal") run += part.text;
    else if (part.kind === "field" && part.type === "quoted") {
      run += '"';
      flush();
      run = '"';
    } else {
      flush();
      if (part.kind === "choice") lists.push(...requiredOfChoice(part.branches.map(requiredOf)));
    }
  }
  flush();
  return lists;
}
