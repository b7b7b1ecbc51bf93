/** Python's own results for expressions and texts: what ours are held against. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export interface AskedExpression {
  readonly text: string;
  readonly multiline?: boolean;
  /** It holds fail2ban's tags, which fail2ban itself expands. */
  readonly tags?: boolean;
  /** Its own, in place of those for all. */
  readonly texts?: readonly string[];
}

export interface PythonAnswer {
  /** Python refuses the expression. */
  readonly error?: string;
  /** Number of the text, what matched, the groups from 1, the groups by name. */
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
      // A hostile expression may keep Python busy for years.
      timeout: 300_000,
    },
  );
  return output
    .trimEnd()
    .split("\n")
    .map((line): PythonAnswer => JSON.parse(line));
}
