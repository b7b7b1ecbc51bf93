/**
 * Runs a regular expression of Python's dialect with Python's results, in bounded time. Short ASCII text is matched by
 * V8 if an equivalent expression exists, everything else by the exact matcher.
 */
import { fail, ok, type Result } from "../../domain/result.ts";
import { beginningTree } from "./python-expression/beginning-tree.ts";
import { compileProgram } from "./python-expression/compile-program.ts";
import { MAX_INSTRUCTIONS, TooLong } from "./python-expression/emit-program.ts";
import { Matcher, type Spans } from "./python-expression/match-program.ts";
import { linearSource } from "./python-expression/linear-source.ts";
import { closingGroup, isAnchored, mostInstructions } from "./python-expression/measure.ts";
import { type ExpressionError, parseExpression } from "./python-expression/parse-expression.ts";
import { openingTexts } from "./python-expression/opening-texts.ts";
import { numberAt } from "./python-expression/program.ts";
import { requiredText, requiredTexts } from "./python-expression/required-text.ts";
import { resolveConditions } from "./python-expression/resolve-conditions.ts";
import type { Node } from "./python-expression/tree.ts";
import type { RequiredTexts } from "./required-texts.ts";
import type { Effort } from "./search-effort.ts";

/**
 * Text of each group by its number; undefined: it did not participate. Element 0 is the whole match, possibly with the
 * newline before which "$" matched.
 */
export interface PythonMatch extends ReadonlyArray<string | undefined> {
  /** Where the match begins. */
  readonly index: number;
}

export interface PythonExpression {
  readonly search: (text: string, context: SearchContext) => PythonMatch | null;
  /** Searches between two positions, as if the text ended at the second; returns the position of each group. */
  locate(text: string, context: SearchContext, from?: number, to?: number): Spans | null;
  readonly names: ReadonlyMap<string, number>;
  readonly groups: number;
  /**
   * Texts of which one begins every match, at the start of the text; undefined: any text may, or a match may begin
   * anywhere.
   */
  readonly openings: readonly string[] | undefined;
  /** The group that always ends where "$" ends the expression. */
  readonly closingGroup: number | undefined;
}

export interface SearchContext {
  /** The text is known to be ASCII. */
  readonly ascii: boolean;
  readonly effort: Effort;
}

export interface ExpressionOptions {
  /** "^" and "$" match at every line. */
  readonly everyLine?: boolean;
  /** Match every text with which a match can begin, to its end. */
  readonly beginnings?: boolean;
}

/** Maximum length of text that V8 matches. On longer hostile text it is slower than the exact matcher. */
const MAX_LINEAR_LENGTH = 512;

export function compilePythonExpression(
  text: string,
  { everyLine = false, beginnings = false }: ExpressionOptions = {},
): Result<PythonExpression, ExpressionError> {
  const parsed = parseExpression(text, { everyLine });
  if (!parsed.ok) return parsed;
  const { groups, names } = parsed.value;
  const tree = beginnings ? beginningTree(parsed.value.tree) : parsed.value.tree;
  const resolved = resolveConditions(tree);
  const compiled = compileWhenNeeded(resolved, groups);
  if (!compiled.ok) return compiled;
  const matcher = compiled.value;
  let linear: Linear | undefined | "unknown" = "unknown";
  const required = requiredText(tree);
  return ok({
    search(subject, { ascii, effort }) {
      if (required !== "" && !subject.includes(required)) return null;
      if (ascii && subject.length <= MAX_LINEAR_LENGTH) {
        if (linear === "unknown") linear = createLinear(resolved, groups);
        if (linear !== undefined) return linear(subject);
      }
      return textsOf(subject, matcher().search(subject, effort));
    },
    locate(subject, { effort }, from = 0, to = subject.length) {
      if (required !== "" && !subject.includes(required)) return null;
      return matcher().search(subject, effort, from, to);
    },
    names,
    groups,
    closingGroup: closingGroup(tree),
    openings: isAnchored(tree) ? openingTexts(tree) : undefined,
  });
}

/** Returns with which texts a match at the start can begin, "" for any, and what every match contains. */
export function surveyExpression(text: string): {
  readonly openings: readonly string[];
  readonly required: RequiredTexts;
} {
  const parsed = parseExpression(text);
  if (!parsed.ok) return { openings: [""], required: [] };
  const { tree } = parsed.value;
  return { openings: openingTexts(tree) ?? [""], required: requiredTexts(tree) };
}

type Linear = (subject: string) => PythonMatch | null;

function createLinear(tree: Node, groups: number): Linear | undefined {
  const written = linearSource(tree);
  if (written === undefined) return undefined;
  const expression = new RegExp(written.source);
  const { groups: numbers } = written;
  if (numbers.every((number, i) => number === i + 1)) return (subject) => expression.exec(subject);
  return (subject) => {
    const found = expression.exec(subject);
    if (found === null) return null;
    const texts: (string | undefined)[] = [found[0]];
    for (let group = 1; group <= groups; group++) texts.push(undefined);
    for (const [i, number] of numbers.entries()) texts[number] ??= found[i + 1];
    return Object.assign(texts, { index: found.index });
  };
}

/**
 * Compiles the exact matcher at first use, because most expressions never need it. An expression that may exceed
 * MAX_INSTRUCTIONS is compiled now, to report the error.
 */
function compileWhenNeeded(tree: Node, groups: number): Result<() => Matcher, ExpressionError> {
  const get = once(() => new Matcher(compileProgram(tree, groups), groups));
  if (mostInstructions(tree) < MAX_INSTRUCTIONS) return ok(get);
  try {
    get();
  } catch (error) {
    if (error instanceof TooLong) return fail({ message: error.message, at: 0 });
    throw error;
  }
  return ok(get);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function textsOf(subject: string, spans: Spans | null): PythonMatch | null {
  if (spans === null) return null;
  const texts: (string | undefined)[] = [];
  for (let i = 0; i < spans.length; i += 2) {
    const start = numberAt(spans, i);
    const end = numberAt(spans, i + 1);
    texts.push(start < 0 || end < 0 ? undefined : subject.slice(start, end));
  }
  return Object.assign(texts, { index: numberAt(spans, 0) });
}
