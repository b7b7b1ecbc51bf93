/**
 * Removes trailing line ends from a text. Hand-written: a regular expression that looks for them at the end tries every
 * one in the middle first, which is quadratic.
 */
export function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isLineEnd(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}
