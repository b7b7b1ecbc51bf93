/** Matches a message with a known shape and returns the values in its slots. */
import { SLOT_MARK, slotOf, type Token } from "./message-tokens.ts";
import { isTelling } from "./telling-words.ts";

export const WORD: string = slotOf("word");
export const REST: string = slotOf("rest");
const NAME = slotOf("user");

/**
 * The values of the slots, or undefined. A name may hold blanks, whatever it says: what comes before and after it must
 * be the shape's own, so of two places where it could end it is the later one, as in the rules.
 */
export function matchShape(
  shape: readonly string[],
  tokens: readonly Token[],
): readonly string[] | undefined {
  /** Additional words that a name may contain. */
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

/** Most shapes differ in their first word; this costs nothing. */
function beginsAlike(wanted = "", token?: Token): boolean {
  return wanted === token?.template || wanted === WORD || wanted.startsWith(NAME);
}

function longName(tokens: readonly Token[], tail: string): string | undefined {
  const text = tokens.map(({ raw }) => raw).join(" ");
  return text.endsWith(tail) ? text.slice(0, text.length - tail.length) : undefined;
}

/** "accepted" does not match a variable word: it would be another message. */
function isAnyWord(token: Token | undefined): token is Token {
  if (token?.template === WORD) return true;
  return token?.template.includes(SLOT_MARK) === false && token.raw !== "" && !isTelling(token.raw);
}

export function holdsName(shape: readonly string[]): boolean {
  return shape.some((word) => word.startsWith(NAME));
}

/** The one place where two shapes differ, both in a word without meaning; -1 when they differ otherwise. */
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
