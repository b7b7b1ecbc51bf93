/**
 * A regular expression of Python's dialect, run with Python's results in bounded time. On ASCII text a linear expression
 * of V8 sieves first and, where it is exact, answers alone; everything else is for the exact matcher.
 */
import { fail, ok, type Result } from "../domain/result.ts";
import { createMatcher, type Matcher, type Spans } from "./python-regex/match-program.ts";
import { type ExpressionError, parseExpression } from "./python-regex/parse-expression.ts";
import { compileProgram, TooLong } from "./python-regex/program.ts";
import { requiredText } from "./python-regex/required-text.ts";
import { buildSieve } from "./python-regex/sieve.ts";

export interface PythonExpression {
  /** Text of each group by number from 1, undefined where it took no part; index 0 is the whole match. null: no match. */
  search(text: string): readonly (string | undefined)[] | null;
  /** As `search`, with where each group stands: start and end by twice its number, -1 where it took no part. */
  locate(text: string, from?: number, to?: number): Spans | null;
  readonly names: ReadonlyMap<string, number>;
  readonly groups: number;
  /** Searches given up because they took too long, since the start. */
  readonly givenUp: number;
}

export interface ExpressionOptions {
  /** "^" and "$" at every line. */
  readonly everyLine?: boolean;
}

/** Beyond it the linear engine takes longer than the exact matcher. */
const LONG = 2048;
const FOREIGN = /[^\u0000-\u007f]/;

export function compilePythonExpression(
  text: string,
  { everyLine = false }: ExpressionOptions = {},
): Result<PythonExpression, ExpressionError> {
  const parsed = parseExpression(text, { everyLine });
  if (!parsed.ok) return parsed;
  const { groups, names } = parsed.value;
  const { source, exact } = buildSieve(parsed.value);
  const sieve = new RegExp(source);
  const required = requiredText(parsed.value.tree);
  let matcher: Matcher;
  try {
    matcher = createMatcher(compileProgram(parsed.value), groups);
  } catch (error) {
    if (error instanceof TooLong) return fail({ message: error.message, at: 0 });
    throw error;
  }
  return ok({
    search(subject) {
      if (required !== "" && !subject.includes(required)) return null;
      if (subject.length > LONG || FOREIGN.test(subject))
        return texts(subject, matcher.search(subject));
      if (exact) return sieve.exec(subject);
      return sieve.test(subject) ? texts(subject, matcher.search(subject)) : null;
    },
    locate(subject, from = 0, to = subject.length) {
      if (required !== "" && !subject.includes(required)) return null;
      const short = subject.length <= LONG && from === 0 && to === subject.length;
      if (short && !FOREIGN.test(subject) && !sieve.test(subject)) return null;
      return matcher.search(subject, from, to);
    },
    names,
    groups,
    get givenUp() {
      return matcher.givenUp;
    },
  });
}

function texts(subject: string, spans: Spans | null): readonly (string | undefined)[] | null {
  if (spans === null) return null;
  const groups: (string | undefined)[] = [];
  for (let i = 0; i < spans.length; i += 2) {
    const [start = -1, end = -1] = [spans[i], spans[i + 1]];
    groups.push(start < 0 || end < 0 ? undefined : subject.slice(start, end));
  }
  return groups;
}
