/** Returns Python's results for expressions and texts, to compare with ours. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export interface AskedExpression {
  readonly text: string;
  readonly multiline?: boolean;
  /** Whether the expression contains fail2ban's tags, which fail2ban expands. */
  readonly tags?: boolean;
  /** Texts for this expression instead of the common ones. */
  readonly texts?: readonly string[];
}

export interface PythonAnswer {
  /** Python's message if it refuses the expression. */
  readonly error?: string;
  /** For each match: index of the text, matched text, groups from 1, groups by name. */
  readonly found?: readonly PythonFound[];
}

export type PythonFound = readonly [
  number,
  string,
  readonly (string | null)[],
  Readonly<Record<string, string | null>>,
];

export function searchWithPython(
  expressions: readonly AskedExpression[],
  texts: readonly string[] = [],
): readonly PythonAnswer[] {
  const output = execFileSync(
    "/usr/bin/python3",
    [join(import.meta.dirname, "search-with-python.py")],
    {
      input: JSON.stringify({ expressions, texts }),
      encoding: "utf8",
      maxBuffer: 1 << 30,
      // A hostile expression may take Python years.
      timeout: 300_000,
    },
  );
  return output
    .trimEnd()
    .split("\n")
    .map((line): PythonAnswer => JSON.parse(line));
}
