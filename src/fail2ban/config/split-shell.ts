/** Splits a line into words with quotes and backslashes, like Python's shlex without comments. */
const WORD = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g;

/** Returns the words; undefined if a quote is not closed or the line ends with a backslash. */
export function splitShell(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < line.trimEnd().length) {
    WORD.lastIndex = at;
    const word = WORD.exec(line)?.[1];
    if (word === undefined) return undefined;
    at = WORD.lastIndex;
    words.push(
      word.replace(QUOTED, (_whole, double?: string, single?: string, escaped?: string) =>
        double === undefined ? (single ?? escaped ?? "") : double.replace(/\\(["\\])/g, "$1"),
      ),
    );
  }
  return words;
}
