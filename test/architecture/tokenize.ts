/**
 * Splits TypeScript source into tokens in linear time, so that imports and names are found in code and not in comments
 * or strings. Drops comments; a template literal becomes a template token and the code inside `${}`. Throws on text it
 * cannot split (an unclosed string, an unexpected regular expression), so that checks based on it cannot miss code.
 */

export interface Token {
  readonly kind: "word" | "number" | "string" | "template" | "regex" | "mark";
  /** The content of a string; for other tokens the text itself. */
  readonly text: string;
  readonly line: number;
}

/** After these words a slash starts a regular expression. */
const BEFORE_EXPRESSION = new Set(
  "return typeof case in of delete void throw new else do instanceof await yield extends".split(
    " ",
  ),
);

const SKIPPED = /\s+|\/\/[^\n]*|\/\*[^]*?\*\//y;
const SIMPLE: readonly (readonly [Token["kind"], RegExp])[] = [
  ["word", /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy],
  ["number", /\.?\d(?:[eE][+-]|[\w.])*/y],
  ["string", /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y],
];
const REGEX = /\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;
const MARK = /\?\.(?!\d)|=>|\.\.\.|[^]/y;

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  // One entry per open "${": the number of open "{" inside it.
  const templates: number[] = [];
  let at = text.startsWith("#!") ? text.indexOf("\n") : 0;
  let line = 1;

  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found;
  }
  function push(kind: Token["kind"], source: string, content = source): void {
    tokens.push({ kind, text: content, line });
    line += source.split("\n").length - 1;
  }
  function takeTemplatePart(): void {
    const part = take(TEMPLATE_PART);
    if (part === undefined) throw new Error(`line ${line}: template literal without an end`);
    push("template", part[0]);
    if (part[1] === "${") templates.push(0);
  }
  function takeMark(): void {
    const mark = take(MARK)?.[0] ?? "";
    if (/["'\\]/.test(mark)) throw new Error(`line ${line}: cannot read what starts with ${mark}`);
    if (mark === "`") return takeTemplatePart();
    const open = templates.at(-1);
    if (open === 0 && mark === "}") {
      templates.pop();
      return takeTemplatePart();
    }
    if (open !== undefined && mark === "{") templates.push((templates.pop() ?? 0) + 1);
    if (open !== undefined && mark === "}") templates.push((templates.pop() ?? 0) - 1);
    push("mark", mark);
  }
  function takeSimple(): boolean {
    for (const [kind, pattern] of SIMPLE) {
      const found = take(pattern)?.[0];
      if (found === undefined) continue;
      push(kind, found, kind === "string" ? found.slice(1, -1) : found);
      return true;
    }
    return false;
  }

  while (at < text.length) {
    const skipped = take(SKIPPED)?.[0];
    if (skipped !== undefined) line += skipped.split("\n").length - 1;
    else if (text[at] === "/" && expressionStarts(tokens.at(-1))) {
      const found = take(REGEX)?.[0];
      if (found === undefined) throw new Error(`line ${line}: regular expression without an end`);
      push("regex", found);
    } else if (!takeSimple()) takeMark();
  }
  if (templates.length > 0) throw new Error(`line ${line}: template literal without an end`);
  return tokens;
}

/** Whether an expression can start after this token; otherwise a slash divides. */
function expressionStarts(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return BEFORE_EXPRESSION.has(before.text);
  if (before.kind === "template") return before.text.endsWith("${");
  return before.kind === "mark" && ![")", "]", "}"].includes(before.text);
}
