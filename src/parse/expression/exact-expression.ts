/**
 * Runs a rule's expression with the exact matcher, which counts its steps, on messages so long that V8 could take too
 * long. Translates the JavaScript expression to Python's dialect, and returns the captures that V8 would.
 */
import type { Captures } from "../filter/captures.ts";
import {
  compilePythonExpression,
  type ExpressionOptions,
  type PythonExpression,
  surveyExpression,
} from "./python-expression.ts";
import type { Effort } from "./search-effort.ts";

/**
 * Effort that compilation costs for each character of the source, so that one line does not compile a thousand rules.
 */
const STEPS_PER_CHARACTER = 6;

/** Matches from the first character of the text; null: no match, or the effort is used up. */
export type ExactExpression = (text: string, effort: Effort) => Captures | null;

/** Returns whether a text that begins with this one may match: false is certain. */
export type BeginningCheck = (beginning: string, effort: Effort) => boolean;

/** Creates a matcher. `write` returns an expression that V8's linear engine accepts. */
export function createExactExpression(write: () => string): ExactExpression {
  const locate = createLocate(write, {});
  return (text, effort) => {
    const spans = locate(text, effort);
    if (spans === null) return null;
    const texts: (string | undefined)[] = [];
    for (let i = 0; i < spans.length; i += 2) {
      const [from = -1, to = -1] = [spans[i], spans[i + 1]];
      texts.push(from < 0 || to < 0 ? undefined : text.slice(from, to));
    }
    return texts;
  };
}

/** Creates a check of truncated texts for the same expression. */
export function createBeginningCheck(write: () => string): BeginningCheck {
  const locate = createLocate(write, { beginnings: true });
  return (beginning, effort) => {
    const { overLimit } = effort;
    return locate(beginning, effort) !== null || effort.overLimit > overLimit;
  };
}

/** Returns with which texts a match can begin, "" for any, and what every match contains. */
export function readExpression(source: string): ReturnType<typeof surveyExpression> {
  return surveyExpression(inPython(source));
}

type Locate = (text: string, effort: Effort) => ReturnType<PythonExpression["locate"]>;

/** Compiles for the first text, because most rules never get one. */
function createLocate(write: () => string, options: ExpressionOptions): Locate {
  let made: PythonExpression | undefined;
  return (text, effort) => {
    if (made === undefined) {
      if (effort.left <= 0) {
        effort.overLimit++;
        return null;
      }
      const source = write();
      made = compile(source, options);
      effort.left = Math.max(0, effort.left - source.length * STEPS_PER_CHARACTER);
    }
    return made.locate(text, { ascii: false, effort });
  };
}

function compile(source: string, options: ExpressionOptions): PythonExpression {
  const compiled = compilePythonExpression(inPython(source), options);
  if (!compiled.ok) throw new Error(`${compiled.error.message} at ${compiled.error.at}: ${source}`);
  return compiled.value;
}

function inPython(source: string): string {
  return `(?a)\\A(?:${pythonSource(source)})`;
}

/** The meaning of "\s" in JavaScript. */
const SPACE = String.raw`\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`;
/** The meaning of "\S" in JavaScript, inside a class. */
const NO_SPACE = String.raw`\0-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff`;
const KEPT_ESCAPES = "dDwWbBnrtfv";

/**
 * Translates the expression to Python's dialect, with ASCII classes. Groups keep their numbers, but not their names.
 */
export function pythonSource(source: string): string {
  let written = "";
  let inClass = false;
  for (let at = 0; at < source.length; ) {
    const [taken, text] = inClass ? inClassPiece(source, at) : outsidePiece(source, at);
    if (text === "[" || text === "[^") inClass = true;
    else if (inClass && text === "]") inClass = false;
    written += text;
    at += taken;
  }
  return written;
}

/** Number of characters consumed, and their replacement. */
type Piece = readonly [taken: number, text: string];

function inClassPiece(source: string, at: number): Piece {
  const char = source.charAt(at);
  if (char === "\\") return escapePiece(source, at, SPACE);
  return [1, char === "[" ? "\\[" : char];
}

function outsidePiece(source: string, at: number): Piece {
  const char = source.charAt(at);
  switch (char) {
    case "\\":
      return escapePiece(source, at, `[${SPACE}]`);
    case "[":
      if (source.startsWith("[^]", at)) return [3, "(?s:.)"];
      if (source.startsWith("[]", at)) return [2, "(?!)"];
      return source.startsWith("[^", at) ? [2, "[^"] : [1, "["];
    case "(": {
      const [name = ""] = /^\(\?<[^=!>]+>/.exec(source.slice(at, at + 200)) ?? [];
      return name === "" ? [1, char] : [name.length, "("];
    }
    case ".":
      return [1, String.raw`[^\n\r\u2028\u2029]`];
    case "^":
      return [1, "\\A"];
    case "$":
      return [1, "\\Z"];
    case "{":
      // Without a first number it is a literal brace in JavaScript.
      return [1, /^\{\d+(?:,\d*)?\}/.test(source.slice(at, at + 40)) ? char : "\\{"];
    default:
      return [1, char];
  }
}

function escapePiece(source: string, at: number, space: string): Piece {
  const char = source.charAt(at + 1);
  if (char === "s") return [2, space];
  if (char === "S") return [2, space.startsWith("[") ? `[^${SPACE}]` : NO_SPACE];
  const code = /^\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})/.exec(source.slice(at, at + 6))?.[0];
  if (code !== undefined) return [code.length, code];
  if (/^c[A-Za-z]/.test(source.slice(at + 1, at + 3)))
    return [3, `\\x${(source.charCodeAt(at + 2) % 32).toString(16).padStart(2, "0")}`];
  // An escaped letter without a meaning is the letter itself in JavaScript.
  return [2, /[A-Za-z]/.test(char) && !KEPT_ESCAPES.includes(char) ? char : `\\${char}`];
}
