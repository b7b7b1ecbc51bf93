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
  /** What was found; without `expected`, the whole message. */
  readonly got: string;
  readonly expected?: string;
  readonly hint?: string;
}

/** Formats a problem as one line: `path:line:column: key: found …, expected … (hint)`. */
export function formatProblem(problem: Problem): string {
  const key = problem.key === undefined ? "" : `${nameEntries(problem.key)}: `;
  const hint = problem.hint === undefined ? "" : ` (${problem.hint})`;
  const { got, expected } = problem;
  const message = expected === undefined ? got : `found ${got}, expected ${expected}`;
  return `${formatPlace(problem)}: ${key}${message}${hint}`;
}

/** Returns "path:line:column", as far as they are known. */
export function formatPlace({
  path,
  line,
  column,
}: Pick<Problem, "path" | "line" | "column">): string {
  return [path, line, column].filter((part) => part !== undefined).join(":");
}

/** Returns, for example, "jails.sshd.ports, entry 1". Entries count from 1, as lines and columns do. */
function nameEntries(key: string): string {
  // A jail may be called "0", and so may a field of a structured line.
  return key.replaceAll(
    /(?<!^jails|\.(?:json|logfmt|csv|cef|w3c|sd))\.(\d+)(\.|$)/g,
    (_, index: string, next: string) => {
      return next === "" ? `, entry ${Number(index) + 1}` : ` ${Number(index) + 1}, `;
    },
  );
}
