/** Splits a line typed at the prompt into words, with quotes and backslashes as in a shell. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  const pattern = /\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+)/y;
  for (;;) {
    const word = pattern.exec(line)?.[1];
    if (word === undefined) return words;
    words.push(
      word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_whole, double, single, escaped) =>
        double === undefined
          ? String(single ?? escaped)
          : String(double).replace(/\\(["\\])/g, "$1"),
      ),
    );
  }
}
