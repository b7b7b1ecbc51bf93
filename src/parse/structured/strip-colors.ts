/**
 * Removes terminal colors from a service's output. Only lines that begin with a color are changed: the service writes
 * what a line begins with, so a client cannot cause it.
 */

const ESCAPE = 27;

/** Returns whether a sequence of SGR (ECMA-48, 8.3.117), such as `ESC [ 33 m`, begins at `at`. */
export function isColored(text: string, at: number): boolean {
  return text.charCodeAt(at) === ESCAPE && colorEnd(text, at) > at;
}

/** Returns the text without its colors. */
export function stripColors(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf("\u001b"); at >= 0; at = text.indexOf("\u001b", at + 1)) {
    const end = colorEnd(text, at);
    if (end === at) continue;
    parts.push(text.slice(from, at));
    from = end;
  }
  return parts.join("") + text.slice(from);
}

/** Returns the end of the color at `at`, or `at` without one. Other control sequences are kept. */
function colorEnd(text: string, at: number): number {
  // "["
  if (text.charCodeAt(at + 1) !== 91) return at;
  let end = at + 2;
  // Digits and ";"
  while (isParameter(text.charCodeAt(end)) && end - at < MAX_COLOR) end++;
  // "m"
  return text.charCodeAt(end) === 109 ? end + 1 : at;
}

function isParameter(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 59;
}

/** `ESC [ 38;2;255;255;255;48;2;255;255;255 m` is the longest in use. */
const MAX_COLOR = 48;
