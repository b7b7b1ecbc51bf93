const FOREIGN = /[^\u0000-\u007f]/;

export function isAscii(text: string): boolean {
  return !FOREIGN.test(text);
}
