/**
 * The text without the line ends it ends in. By hand: an expression that looks for them at the end tries every one in the
 * middle first, which is quadratic.
 */
export function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isLineEnd(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}
