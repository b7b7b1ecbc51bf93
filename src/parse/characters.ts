/** Walks a line by character codes, without allocating. Used by the readers of headers and times. */

export function isDigitCode(code: number): boolean {
  return code >= 48 && code <= 57;
}

/**
 * Returns whether the character separates words: a blank, a tab, or another control character of ASCII white space.
 * Blanks of Unicode do not, because services write them as a part of what a client sent.
 */
export function isBlankCode(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Returns whether the character may occur in the name of a program or host. */
export function isTagCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    // "-", ".", "/" and the digits
    (code >= 45 && code <= 57) ||
    code === 95 || // _
    code === 64 || // @
    code === 43 // +
  );
}

/**
 * Returns the index of the first space in [from, end), or `end`. Never reads past the line, because a chunk may contain
 * no space at all.
 */
export function blankAfter(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) !== 32) at++;
  return Math.min(at, end);
}

export function skipBlanks(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) === 32) at++;
  return at;
}

/** Returns the decimal number in [from, to); 0 if it is not one. */
export function readNumber(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (!isDigitCode(code) || value > 1e12) return 0;
    value = value * 10 + code - 48;
  }
  return value;
}
