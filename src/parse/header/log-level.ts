/** Recognizes severity words. They occur where syslog writes names, but are not names. */
import { isDigitCode } from "../characters.ts";

const LEVELS = [
  ...["trace", "debug", "info", "information", "note", "notice", "warn", "warning", "err", "error"],
  ...["severe", "crit", "critical", "fatal", "alert", "emerg", "emergency", "panic"],
  // Levels of Asterisk.
  ...["verbose", "security"],
];
const MAX_LENGTH = Math.max(...LEVELS.map(({ length }) => length));

/** Levels by length and first letter, which excludes nearly all names; undefined: none. */
const CANDIDATES = Array.from({ length: (MAX_LENGTH + 1) * 32 }, (_, place) => {
  const levels = LEVELS.filter((level) => bucketOf(level.length, level.charCodeAt(0)) === place);
  return levels.length > 0 ? levels : undefined;
});

function bucketOf(length: number, first: number): number {
  return length * 32 + (first & 31);
}

/** Returns whether `text.slice(from, to)` is exactly a level, in any case. Called for every line: allocates nothing. */
export function isLevel(text: string, from: number, to: number): boolean {
  const length = to - from;
  if (length > MAX_LENGTH) return false;
  const candidates = CANDIDATES[bucketOf(length, text.charCodeAt(from))];
  if (candidates === undefined) return false;
  for (const level of candidates) {
    let at = 0;
    while (at < length && (text.charCodeAt(from + at) | 32) === level.charCodeAt(at)) at++;
    if (at === length) return true;
  }
  return false;
}

/**
 * bare: `ERROR`, `[error]`, `<Error>`. ended, with the end of a tag: `ERROR:`, `ERROR[12]:`, `NOTICE[12][C-0000001a]`.
 */
export type LevelWord = "bare" | "ended";

/** Returns the kind of level word; undefined: it is none. */
export function readLevelWord(text: string, from: number, to: number): LevelWord | undefined {
  const isEnded = text.charCodeAt(to - 1) === COLON;
  let end = isEnded ? to - 1 : to;
  const close = CLOSING[OPENING.indexOf(text.charAt(from))];
  if (close !== undefined)
    return text.charAt(end - 1) === close && isLevel(text, from + 1, end - 1)
      ? wordOf(isEnded)
      : undefined;
  const open = text.charAt(end - 1) === "]" ? text.indexOf("[", from) : -1;
  const isNumbered = open > from && isDigitCode(text.charCodeAt(open + 1));
  if (isNumbered) end = open;
  return isLevel(text, from, end) ? wordOf(isEnded || isNumbered) : undefined;
}

function wordOf(isEnded: boolean): LevelWord {
  return isEnded ? "ended" : "bare";
}

const COLON = 58;
const OPENING = ["[", "<", "("];
const CLOSING = ["]", ">", ")"];
