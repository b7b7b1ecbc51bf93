const FOREIGN = /[^\u0000-\u007f]/;

/** Whether a text holds ASCII only. */
export function isAscii(text: string): boolean {
  return !FOREIGN.test(text);
}
