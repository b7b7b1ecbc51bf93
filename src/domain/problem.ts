/**
 * Describes a mistake in an administrator's file, precise enough to correct it without guessing. All problems are
 * reported together, as a list.
 */
export interface Problem {
  /** File, or a name such as "command line" when there is no file. */
  readonly path: string;
  /** From 1; missing when the problem concerns the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  /** Dotted key, rule id or argument the problem belongs to. */
  readonly key?: string;
  readonly got: string;
  readonly expected: string;
  readonly hint?: string;
}

/** Formats a problem as one line: `path:line:column: key: found …, expected …; hint`. */
export function formatProblem(problem: Problem): string {
  const place = [problem.path, problem.line, problem.column].filter((part) => part !== undefined);
  const key = problem.key === undefined ? "" : `${problem.key}: `;
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  return `${place.join(":")}: ${key}found ${problem.got}, expected ${problem.expected}${hint}`;
}
