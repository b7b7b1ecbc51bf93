/** A character as an expression of V8 has it, in a class and outside. */
export function writeCode(code: number): string {
  if (code > 0xffff) return String.fromCodePoint(code);
  const char = String.fromCharCode(code);
  return /[A-Za-z0-9_ ]/.test(char) ? char : `\\u${code.toString(16).padStart(4, "0")}`;
}
