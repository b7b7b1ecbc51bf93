/**
 * Parses the pattern language: a text that reads like the log line. Outside braces all text is literal. `{name}`
 * `{name:type}` a field, `{*}` anything, `{?…}` optional, `{a|b}` alternatives, `{{` and `}}` a brace, `{}}` and `{|}`
 * a brace and a bar, also inside options. Pure: text to tree; compile-pattern.ts gives it meaning.
 */
import { didYouMean, expectChoice } from "../../domain/did-you-mean.ts";
import { type Result, fail, ok } from "../../domain/result.ts";

export const FIELD_TYPES = ["ip", "host", "word", "int", "text", "name", "quoted"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** Whether what stands beside an address could be a part of it (address-neighbors.ts). */
export interface Joints {
  readonly joinsLeft: boolean;
  readonly joinsRight: boolean;
}

export interface FieldPart {
  readonly kind: "field";
  readonly name: string;
  readonly type: FieldType;
  /** For an address whose neighbors are known. */
  readonly joints?: Joints;
}

export type PatternPart =
  | { readonly kind: "literal"; readonly text: string }
  | FieldPart
  | { readonly kind: "skip" }
  | { readonly kind: "optional"; readonly parts: readonly PatternPart[] }
  | { readonly kind: "choice"; readonly branches: readonly (readonly PatternPart[])[] };

export interface PatternError {
  /** 0-based offset in the pattern. */
  readonly at: number;
  readonly got: string;
  readonly expected: string;
  readonly hint?: string;
}

/** The type of a field without one: a field named like a type has that type. All others are words. */
const TYPE_BY_NAME: ReadonlyMap<string, FieldType> = new Map([
  ["ip", "ip"],
  ["host", "host"],
  ["port", "int"],
  ["pid", "int"],
  ["count", "int"],
  ["user", "text"],
  ["time", "text"],
  ["int", "int"],
  ["text", "text"],
  ["quoted", "quoted"],
  ["name", "name"],
]);

/** These fields can only have one type. */
const TYPE_OF_MEANING: ReadonlyMap<string, FieldType> = new Map([
  ["ip", "ip"],
  ["host", "host"],
  ["count", "int"],
]);

/** Text that would end an option or divide it. */
const LITERALS: ReadonlySet<string> = new Set(["{}}", "{|}"]);

const MAX_PATTERN = 2000;
const MAX_DEPTH = 8;

export function parsePattern(text: string): Result<readonly PatternPart[], PatternError> {
  if (text.length > MAX_PATTERN) {
    return fail({
      at: MAX_PATTERN,
      got: `${text.length} characters`,
      expected: `at most ${MAX_PATTERN}`,
    });
  }
  const host = text.search(/<(?:HOST|ADDR|IP[46]|F-ID)>/);
  if (host >= 0) {
    const got = `"${text.slice(host, text.indexOf(">", host) + 1)}", as fail2ban writes an address`;
    return fail({ at: host, got, expected: "{ip}", hint: "for a name or an address, {host}" });
  }
  const state: Reader = { text, at: 0, depth: 0 };
  const parts = readParts(state, "");
  if (!parts.ok) return parts;
  if (state.at < text.length) {
    return fail({
      at: state.at,
      got: '"}" without "{"',
      expected: "a literal brace written }}, inside options {}}",
    });
  }
  return parts;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

type Parts = Result<PatternPart[], PatternError>;

/** Reads until the end or one of `stops`, which is not consumed. */
function readParts(reader: Reader, stops: string): Parts {
  const parts: PatternPart[] = [];
  let literal = "";
  const flush = (): void => {
    if (literal !== "") parts.push({ kind: "literal", text: literal });
    literal = "";
  };
  while (reader.at < reader.text.length) {
    const char = reader.text.charAt(reader.at);
    const doubled = reader.text.charAt(reader.at + 1) === char;
    if ((char === "{" || char === "}") && doubled && !(char === "}" && stops !== "")) {
      literal += char;
      reader.at += 2;
    } else if (char === "{" && LITERALS.has(reader.text.slice(reader.at, reader.at + 3))) {
      literal += reader.text.charAt(reader.at + 1);
      reader.at += 3;
    } else if (stops.includes(char) || char === "}") break;
    else if (char === "{") {
      flush();
      const part = readBraces(reader);
      if (!part.ok) return part;
      parts.push(part.value);
    } else {
      literal += char;
      reader.at++;
    }
  }
  flush();
  return ok(parts);
}

function readBraces(reader: Reader): Result<PatternPart, PatternError> {
  const start = reader.at;
  reader.at++;
  if (++reader.depth > MAX_DEPTH) {
    return fail({
      at: start,
      got: "braces nested too deep",
      expected: `at most ${MAX_DEPTH} levels`,
    });
  }
  const part =
    reader.text.charAt(reader.at) === "?" ? readOptional(reader) : readFieldOrChoice(reader);
  if (!part.ok) return part;
  if (reader.text.charAt(reader.at) !== "}") {
    return fail({
      at: start,
      got: '"{" that is never closed',
      expected: '"}"',
      hint: "a literal brace is written {{",
    });
  }
  reader.at++;
  reader.depth--;
  return part;
}

function readOptional(reader: Reader): Result<PatternPart, PatternError> {
  const start = reader.at++;
  const branches = readBranches(reader);
  if (!branches.ok) return branches;
  const [first = [], ...others] = branches.value;
  const parts: readonly PatternPart[] =
    others.length === 0 ? first : [{ kind: "choice", branches: branches.value }];
  if (parts.length === 0)
    return fail({ at: start, got: "{?}", expected: "something optional, as in {?text}" });
  return ok({ kind: "optional", parts });
}

function readBranches(reader: Reader): Result<PatternPart[][], PatternError> {
  const branches: PatternPart[][] = [];
  for (;;) {
    const branch = readParts(reader, "|}");
    if (!branch.ok) return branch;
    branches.push(branch.value);
    if (reader.text.charAt(reader.at) !== "|") return ok(branches);
    reader.at++;
  }
}

function readFieldOrChoice(reader: Reader): Result<PatternPart, PatternError> {
  const start = reader.at;
  const branches = readBranches(reader);
  if (!branches.ok) return branches;
  if (branches.value.length > 1) return ok({ kind: "choice", branches: branches.value });
  const inside = reader.text.slice(start, reader.at);
  if (inside === "*") return ok({ kind: "skip" });
  return readField(inside, start);
}

function readField(inside: string, at: number): Result<PatternPart, PatternError> {
  const [, name = "", type] = /^([a-z][a-z0-9_]{0,31})(?::(.*))?$/s.exec(inside) ?? [];
  if (name === "") {
    return fail({
      at,
      got: `{${inside}}`,
      expected: "a field name of small letters, {*}, {?optional} or {one|other}",
      hint: "a literal brace is written {{",
    });
  }
  if (type === undefined)
    return ok({ kind: "field", name, type: TYPE_BY_NAME.get(name) ?? "word" });
  const known = FIELD_TYPES.find((candidate) => candidate === type);
  if (known === undefined) {
    const near = didYouMean(type, FIELD_TYPES);
    const hint = near === undefined ? undefined : `did you mean {${name}:${near}}?`;
    const expected = expectChoice("a field type", { choices: FIELD_TYPES, hint });
    const got = `type "${type}"`;
    return fail(hint === undefined ? { at, got, expected } : { at, got, expected, hint });
  }
  const only = TYPE_OF_MEANING.get(name);
  if (only !== undefined && only !== known) {
    return fail({
      at,
      got: `{${name}:${type}}`,
      expected: `{${name}}, which is of type ${only}`,
      hint: `another field may have another name, as in {some_${name}:${type}}`,
    });
  }
  return ok({ kind: "field", name, type: known });
}
