/**
 * Reads the imports and impure names of one source file from its tokens. Static, side-effect, type-only and dynamic
 * imports, `import("…")` in types, and re-exports all count.
 */
import { type Token, tokenize } from "./tokenize.ts";

export interface Import {
  /** undefined: a dynamic import of an expression. */
  readonly specifier: string | undefined;
  readonly line: number;
}

export interface Finding {
  readonly what: string;
  readonly line: number;
}

export interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
  /** Whether every export comes from another file. */
  readonly barrel: boolean;
  /** Uses of clock, randomness, process, console and timers. */
  readonly impurities: readonly Finding[];
  /** Positions at which a regular expression is compiled from text. */
  readonly compiledPatterns: readonly Finding[];
}

const IMPURE_NAMES = new Set([
  ..."process console performance crypto fetch globalThis".split(" "),
  ..."setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate".split(" "),
  "queueMicrotask",
]);
const IMPURE_MEMBERS = new Set(["Date.now", "Math.random", "Temporal.Now"]);

export function readModule(path: string, text: string): Module {
  const tokens = readTokens(path, text);
  const imports: Import[] = [];
  const impurities: Finding[] = [];
  const compiledPatterns: Finding[] = [];
  let exports = 0;
  let reexports = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "word" || isMember(tokens, index)) continue;
    if (token.text === "import") imports.push(...importAt(tokens, index));
    if (token.text === "require" && tokens[index + 1]?.text === "(") {
      imports.push({ specifier: stringAt(tokens, index + 2), line: token.line });
    }
    if (token.text === "export" && !isKey(tokens, index)) {
      exports++;
      const from = reexportAt(tokens, index);
      if (from !== undefined) {
        reexports++;
        imports.push(from);
      }
    }
    const impurity = impurityAt(tokens, index);
    if (impurity !== undefined) impurities.push({ what: impurity, line: token.line });
    if (token.text === "RegExp" && isMade(tokens, index)) {
      compiledPatterns.push({ what: "RegExp", line: token.line });
    }
  }
  const barrel = reexports > 0 && reexports === exports;
  return { path, imports, barrel, impurities, compiledPatterns };
}

function readTokens(path: string, text: string): readonly Token[] {
  try {
    return tokenize(text);
  } catch (cause) {
    throw new Error(`${path} cannot be read as TypeScript`, { cause });
  }
}

/** `a.import` or `a?.process`: a property of another object. */
function isMember(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  return before?.kind === "mark" && (before.text === "." || before.text === "?.");
}

/** `{ process: … }` or `readonly process: …`: the name of a property. */
function isKey(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1]?.text ?? "";
  const after = tokens[index + 1]?.text ?? "";
  const next = after === "?" ? (tokens[index + 2]?.text ?? "") : after;
  return ["{", ",", ";", "readonly"].includes(before) && next === ":";
}

function isMade(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.text === "new" || tokens[index + 1]?.text === "(";
}

function stringAt(tokens: readonly Token[], index: number): string | undefined {
  const token = tokens[index];
  return token?.kind === "string" ? token.text : undefined;
}

function importAt(tokens: readonly Token[], index: number): readonly Import[] {
  const line = tokens[index]?.line ?? 0;
  const next = tokens[index + 1];
  if (next === undefined || next.text === "." || isKey(tokens, index)) return [];
  if (next.kind === "string") return [{ specifier: next.text, line }];
  if (next.text === "(") return [{ specifier: stringAt(tokens, index + 2), line }];
  return [{ specifier: fromClause(tokens, index + 1), line }];
}

function reexportAt(tokens: readonly Token[], index: number): Import | undefined {
  const next = tokens[index + 1]?.text;
  const start = next === "type" ? index + 2 : index + 1;
  const first = tokens[start]?.text;
  if (first !== "*" && first !== "{") return undefined;
  const from = first === "*" ? fromClause(tokens, start) : fromAfterBrace(tokens, start);
  return from === undefined ? undefined : { specifier: from, line: tokens[index]?.line ?? 0 };
}

/** The string after the next `from`; the clause before it contains no string. */
function fromClause(tokens: readonly Token[], start: number): string | undefined {
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index];
    if (token?.kind === "string") {
      return tokens[index - 1]?.text === "from" ? token.text : undefined;
    }
  }
  return undefined;
}

/** `export { a }` may have no `from`; then the text after the brace is another statement. */
function fromAfterBrace(tokens: readonly Token[], start: number): string | undefined {
  const end = tokens.findIndex((token, index) => index > start && token.text === "}");
  return tokens[end + 1]?.text === "from" ? stringAt(tokens, end + 2) : undefined;
}

function impurityAt(tokens: readonly Token[], index: number): string | undefined {
  const name = tokens[index]?.text ?? "";
  if (IMPURE_NAMES.has(name) && !isKey(tokens, index)) return name;
  const member = `${name}.${tokens[index + 2]?.text ?? ""}`;
  if (tokens[index + 1]?.text === "." && IMPURE_MEMBERS.has(member)) return member;
  if (name !== "Date") return undefined;
  const opens = tokens[index + 1]?.text === "(";
  if (tokens[index - 1]?.text !== "new") return opens ? "Date()" : undefined;
  return !opens || tokens[index + 2]?.text === ")" ? "new Date()" : undefined;
}
