/**
 * Which of many literals a text holds, in one search of it: one expression of nothing but literals, which V8 scans as
 * fast for fifty as for five.
 */
export interface LiteralScan {
  /** Searches the text; false when it holds none. */
  search(text: string): boolean;
  /** Whether the text searched last holds the literal, by its place in the list given. */
  holds(literal: number): boolean;
}

/** The literals are distinct and not empty. */
export function createLiteralScan(literals: readonly string[]): LiteralScan {
  const expression = new RegExp(
    // Longest first: where one literal begins another, both are there when the longer one is.
    [...literals]
      .sort((a, b) => b.length - a.length)
      .map(escapeLiteral)
      .join("|"),
    "g",
  );
  const implied = new Map(
    literals.map((literal) => [literal, numbersOf(literals, (other) => literal.startsWith(other))]),
  );
  /** Per literal the number of the search that found it, so that nothing has to be cleared. */
  const foundBy = new Float64Array(literals.length);
  let searches = 0;

  function search(text: string): boolean {
    searches++;
    let any = false;
    expression.lastIndex = 0;
    for (let found = expression.exec(text); found !== null; found = expression.exec(text)) {
      any = true;
      implied.get(found[0])?.forEach((literal) => {
        foundBy[literal] = searches;
      });
      // Literals may overlap: the next one can begin inside this one.
      expression.lastIndex = found.index + 1;
    }
    return any;
  }

  return { search, holds: (literal) => foundBy[literal] === searches };
}

function numbersOf(
  literals: readonly string[],
  is: (literal: string) => boolean,
): readonly number[] {
  return literals.flatMap((literal, number) => (is(literal) ? [number] : []));
}

export function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replace(/\n/g, "\\n");
}
