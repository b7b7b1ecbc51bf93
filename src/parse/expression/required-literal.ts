/** Finds a text that every match of an expression contains. Messages without it need not be matched. */

/** Matches one token: a class, an escape, a count, or one character. */
const TOKEN =
  /\[(?:\\[^]|[^\]\\])*\]|\\(?:x[\da-f]{2}|u[\da-f]{4}|c[a-z]|[upk](?:\{[^}]*\}|<[^>]*>)|[^])|\{\d+(?:,\d*)?\}|[^]/gi;
const COUNT = /^(?:[*+?]|\{\d.*\})$/;
const SPECIAL = /^(?:[.^$]|\[.*|\\\w.*)$/s;

/** Returns the longest literal outside groups, or "". Alternatives are not examined. V8 must accept the expression. */
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
