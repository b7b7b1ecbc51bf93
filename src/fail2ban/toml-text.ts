/** Values as TOML that people read: expressions in literal quotes where they fit, so that backslashes stay single. */

export function tomlString(text: string): string {
  const literal = !text.includes("'") && !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
  if (literal && /["\\]/.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll("\u007f", "\\u007F");
}

/** Several lines of shell read better as they are. */
export function tomlText(text: string): string {
  if (!text.includes("\n")) return tomlString(text);
  const plain =
    !text.includes("'''") &&
    !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text) &&
    !text.endsWith("'");
  return plain ? `'''\n${text}'''` : tomlString(text);
}

export function tomlList(texts: readonly string[]): string {
  if (texts.length < 2) return `[${texts.map(tomlString).join("")}]`;
  return `[\n${texts.map((text) => `  ${tomlString(text)},\n`).join("")}]`;
}

/** A key that needs no quotes, or one in quotes. */
export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
