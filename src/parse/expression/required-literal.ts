/** Finds a text that every match of an expression contains, so that other messages need not be tried. */

/** A class, an escape, a count, or one character. */
const TOKEN =
  /\[(?:\\[^]|[^\]\\])*\]|\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|[upk](?:\{[^}]*\}|<[^>]*>)|[^])|\{\d+(?:,\d*)?\}|[^]/gi;
const COUNT = /^(?:[*+?]|\{\d.*\})$/;
const SPECIAL = /^(?:[.^$]|\[.*|\\\w.*)$/s;

/** The longest literal outside groups, or "": alternatives require none. The expression is one that V8 accepts. */
export function requiredLiteral(source: string): string {
  let longest = "";
  let run = "";
  let depth = 0;

  function flush(): void {
    if (run.length > longest.length) longest = run;
    run = "";
  }

  for (const [token] of source.matchAll(TOKEN)) {
    if (token === "|" && depth === 0) return "";
    if (token === "(") depth++;
    if (token === ")") depth--;
    // A repeated character may be missing.
    if (COUNT.test(token)) run = run.slice(0, -1);
    const isLiteral = depth === 0 && token !== ")" && !COUNT.test(token) && !SPECIAL.test(token);
    if (isLiteral) run += token.slice(-1);
    else flush();
  }
  flush();
  return longest;
}
