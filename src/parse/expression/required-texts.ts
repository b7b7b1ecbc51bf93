/** Texts that every match of an expression or pattern contains. A message without them need not be matched. */

/** Every match contains at least one text of each list. No text is empty. */
export type RequiredTexts = readonly (readonly string[])[];

/** Returns what alternatives require: one list with the best of each, or nothing if one of them requires nothing. */
export function requiredOfChoice(options: readonly RequiredTexts[]): RequiredTexts {
  const lists = options.map(longestList);
  const texts = lists.flatMap((list) => list ?? []);
  return lists.includes(undefined) ? [] : [[...new Set(texts)]];
}

function longestList(lists: RequiredTexts): readonly string[] | undefined {
  return lists.toSorted((a, b) => shortest(b) - shortest(a))[0];
}

/** Returns the length of the shortest text. */
export function shortest(texts: readonly string[]): number {
  return texts.reduce((least, { length }) => Math.min(least, length), Infinity);
}
