/** Matches a message against a shape, and returns the values in its slots. */
import { SLOT_MARK, slotOf, type Token } from "./message-tokens.ts";
import { isTelling } from "./telling-words.ts";

export const WORD: string = slotOf("word");
export const REST: string = slotOf("rest");
const NAME = slotOf("user");

/**
 * Returns the values of the slots; undefined: no match. A name may contain any text, also blanks. Text before and after
 * it must match the shape; of two possible ends of a name the later one is taken, as in rules.
 */
export function matchShape(
  shape: readonly string[],
  tokens: readonly Token[],
): readonly string[] | undefined {
  /** Number of additional words that a name may contain. */
  let more = tokens.length - shape.length;
  if (more < 0 || !beginsAlike(shape[0], tokens[0])) return undefined;
  const values: string[] = [];
  let at = 0;
  for (const wanted of shape) {
    const token = tokens[at];
    if (more > 0 && wanted.startsWith(NAME) && token?.template.startsWith(SLOT_MARK)) {
      const name = longName(tokens.slice(at, at + more + 1), wanted.slice(NAME.length));
      if (name === undefined) return undefined;
      values.push(name);
      at += more;
      more = 0;
    } else if (wanted === token?.template) values.push(...token.values);
    else if (wanted === WORD && isAnyWord(token)) values.push(token.raw);
    else return undefined;
    at++;
  }
  return more === 0 ? values : undefined;
}

/** Compares the first words, which is cheap: most shapes differ there. */
function beginsAlike(wanted = "", token?: Token): boolean {
  return wanted === token?.template || wanted === WORD || wanted.startsWith(NAME);
}

function longName(tokens: readonly Token[], tail: string): string | undefined {
  const text = tokens.map(({ raw }) => raw).join(" ");
  return text.endsWith(tail) ? text.slice(0, text.length - tail.length) : undefined;
}

/** Reports whether a token can be a variable word. A word such as "accepted" cannot: it changes the meaning. */
function isAnyWord(token: Token | undefined): token is Token {
  if (token?.template === WORD) return true;
  return token?.template.includes(SLOT_MARK) === false && token.raw !== "" && !isTelling(token.raw);
}

export function holdsName(shape: readonly string[]): boolean {
  return shape.some((word) => word.startsWith(NAME));
}

/** Returns the position of the only word in which two shapes differ, if neither word has a meaning; else -1. */
export function oneDifference(shape: readonly string[], tokens: readonly Token[]): number {
  if (shape.length !== tokens.length) return -1;
  let different = -1;
  for (const [i, wanted] of shape.entries()) {
    const token = tokens[i];
    if (wanted === token?.template) continue;
    if (different >= 0 || wanted.includes(SLOT_MARK) || isTelling(wanted)) return -1;
    if (!isAnyWord(token)) return -1;
    different = i;
  }
  return different;
}
