/** Finds comments with signs of a sentence that a reader of only the comment and the next line must question. */
import type { Wording } from "./find-wording.ts";

/** First words of a function's comment that begin no sentence with subject and verb. */
const FIRST_WORD =
  /^(?:Whether|undefined|What|Why|Where|How|When|Who|Whose|By|Of|In|On|As|With|Without|From|After|Before|At|Around|Between|Behind)\b/u;
const BEGINNING = "a verb first: Returns whether, Returns undefined if, Formats, Parses";

const COMMENT = /^\s*(?:\/\*\*|\*|\/\/) (.*)$/u;
const FUNCTION =
  /^\s*(?:(?:export )?(?:default )?(?:async )?function\b|(?:(?:static|async) )*[*#\w]+(?:<[^(]*>)?\()/u;

/** Phrases of comments, and the plain terms. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bhand(?:s|ed|ing)? out\b/giu, "return, yield"],
  [/\bmend(?:s|ed|ing)?\b/giu, "fix, repair"],
  [/\bsomebody\b/giu, "a user, a client, a program"],
  [/\bnobody(?:'s| could| knows)\b/giu, "no user, no program, unknown"],
  [/\bin vain\b/giu, "without success"],
  [/\bspeaks? against\b/giu, "prevents"],
  [/\bcarried along\b/giu, "kept, updated"],
  [/\bunder way\b/giu, "in progress, current"],
  [/\b(?:each|every|half minute) looks?\b/giu, "check, read"],
  [/\bwanted it to\b/giu, "chose"],
  [/\bwhat is (?:tried|wanted|asked|held|said)\b/giu, "the noun: rules, blocks, question, text"],
];

/** Reports faults with their lines, from 1. */
export function findCommentFaults(text: string): readonly Wording[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index): readonly Wording[] => {
    const comment = COMMENT.exec(line)?.[1];
    if (comment === undefined) return [];
    const phrases = PHRASES.flatMap(([pattern, better]) =>
      [...comment.matchAll(pattern)].map(([match]) => ({ line: index + 1, text: match, better })),
    );
    const isFirst = line.includes("/**") || lines[index - 1]?.trim() === "/**";
    const word = isFirst ? FIRST_WORD.exec(comment)?.[0] : undefined;
    if (word === undefined || !FUNCTION.test(lineAfter(lines, index))) return phrases;
    return [{ line: index + 1, text: word, better: BEGINNING }, ...phrases];
  });
}

/** Returns the line after the comment to which a line belongs. */
function lineAfter(lines: readonly string[], from: number): string {
  const end = lines.findIndex((line, index) => index >= from && line.includes("*/"));
  return end < 0 ? "" : (lines[end + 1] ?? "");
}
