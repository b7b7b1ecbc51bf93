/**
 * Parses the pattern language: a text that reads like the log line. Outside braces all text is literal. `{name}`
 * `{name:type}` a field, `{*:type}` one without a name, `{*}` anything, `{?…}` optional, `{a|b}` alternatives, `{{` and
 * `}}` a brace, `{}}` and `{|}` a brace and a bar, also inside options. Pure: text to tree; compile-pattern.ts gives it meaning.
 */
import { didYouMean, expectChoice } from "../../domain/did-you-mean.ts";
import { type Result, fail, ok } from "../../domain/result.ts";

export const FIELD_TYPES = [
  "ip",
  "endpoint",
  "host",
  "word",
  "int",
  "text",
  "name",
  "quoted",
  "short",
  "until",
  "unescaped",
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** Whether the text next to an address could be a part of it (address-neighbors.ts). */
export interface Joints {
  readonly joinsLeft: boolean;
  readonly joinsRight: boolean;
}

export interface FieldPart {
  readonly kind: "field";
  readonly name: string;
  readonly type: FieldType;
  /**
   * For "until" the characters that it does not contain, for "unescaped" those that it contains only behind a backslash,
   * for "short" the literal that follows; otherwise "".
   */
  readonly stop: string;
  /** Only for an address, after its neighbors were examined. */
  readonly joints?: Joints;
}

export type PatternPart =
  | { readonly kind: "literal"; readonly text: string }
  | FieldPart
  | { readonly kind: "skip" }
  | { readonly kind: "optional"; readonly parts: readonly PatternPart[] }
  | { readonly kind: "choice"; readonly branches: readonly (readonly PatternPart[])[] };

export interface PatternProblem {
  readonly got: string;
  readonly expected: string;
  readonly hint?: string;
}

export interface PatternError extends PatternProblem {
  /** 0-based offset in the pattern. */
  readonly at: number;
}

/**
 * Types of fields by name, if the pattern gives no type. A field named like a type has that type; all others are words.
 */
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
  ["endpoint", "endpoint"],
  ["short", "short"],
]);

/** Returns the type of a field without one. */
export function defaultType(name: string): FieldType {
  return TYPE_BY_NAME.get(name) ?? "word";
}

/** Fields that can only have these types. */
const TYPES_OF_MEANING: ReadonlyMap<string, readonly FieldType[]> = new Map([
  ["ip", ["ip", "endpoint"]],
  ["host", ["host"]],
  ["count", ["int"]],
]);

/** Escapes of characters that would otherwise end an option or divide it. */
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
  return ok(parts.map((part, at) => withFollowingLiteral(part, parts[at + 1])));
}

/** Sets where short free text ends: at the first occurrence of the literal after it. */
function withFollowingLiteral(part: PatternPart, next: PatternPart | undefined): PatternPart {
  return part.kind === "field" && part.type === "short" && next?.kind === "literal"
    ? { ...part, stop: next.text }
    : part;
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
  const [, name = "", typed] = /^([a-z][a-z0-9_]{0,31}|\*(?=:))(?::(.*))?$/s.exec(inside) ?? [];
  if (name === "") {
    return fail({
      at,
      got: `{${inside}}`,
      expected: "a field name of lowercase letters, {*}, {?optional} or {one|other}",
      hint: "a literal brace is written {{",
    });
  }
  if (typed === undefined) return ok({ kind: "field", name, type: defaultType(name), stop: "" });
  const [type, stop] = splitOnce(typed, "=");
  const known = FIELD_TYPES.find((candidate) => candidate === type);
  if (known === undefined) return fail({ at, ...unknownType(name, type) });
  const allowed = TYPES_OF_MEANING.get(name) ?? FIELD_TYPES;
  if (!allowed.includes(known)) {
    return fail({
      at,
      got: `{${name}:${type}}`,
      expected: `{${name}}, which is of type ${allowed.join(" or ")}`,
      hint: `another field may have another name, as in {some_${name}:${type}}`,
    });
  }
  const wrong = wrongStop(known, stop);
  if (wrong !== undefined) return fail({ at, got: `{${inside}}`, ...wrong });
  return ok({ kind: "field", name, type: known, stop: unescaped(stop ?? "") });
}

function splitOnce(text: string, by: string): readonly [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknownType(name: string, type: string): PatternProblem {
  const near = didYouMean(type, FIELD_TYPES);
  const hint = near === undefined ? undefined : `did you mean {${name}:${near}}?`;
  const expected = expectChoice("a field type", { choices: FIELD_TYPES, hint });
  const got = `type "${type}"`;
  return hint === undefined ? { got, expected } : { got, expected, hint };
}

const MAX_STOP = 8;

/** Reports characters after a type that has none, and an `until` or `unescaped` without characters. */
function wrongStop(
  type: FieldType,
  stop: string | undefined,
): { readonly expected: string; readonly hint?: string } | undefined {
  if (type !== "until" && type !== "unescaped")
    return stop === undefined ? undefined : { expected: `a type ${type} without "="` };
  const length = unescaped(stop ?? "").length;
  const other = type === "until" ? /[\n\ud800-\udfff]/ : /[\n\\\ud800-\udfff]/;
  if (length > 0 && length <= MAX_STOP && !other.test(stop ?? "")) return undefined;
  return {
    expected:
      type === "until"
        ? `one to ${MAX_STOP} characters that the field does not contain, as in {id:until=]}`
        : `one to ${MAX_STOP} characters, and no backslash, that the field contains only behind a backslash, as in {agent:unescaped="}`,
    hint: "a brace or a bar is written {{, {}} or {|}",
  };
}

/** Replaces the escapes of braces and bars. */
function unescaped(text: string): string {
  return text.replace(/\{(?:([}|])\}|\{)/g, (_, char: string | undefined) => char ?? "{");
}
