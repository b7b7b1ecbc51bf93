/** Formats a string as TOML, in literal quotes if possible, so that backslashes need no escape. */

export function tomlString(text: string): string {
  const literal = !text.includes("'") && !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
  if (literal && /["\\]/.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll("\u007f", "\\u007F");
}

/** Formats a text of several lines, such as shell commands, in triple quotes, literal if possible. */
export function tomlText(text: string): string {
  const plain = !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);
  const literal = plain && !text.includes("'''") && !text.endsWith("'");
  const lines = text.includes("\n");
  if (literal && lines) return `'''\n${text}'''`;
  if (literal && text.includes("'") && /["\\]/.test(text) && !text.startsWith("'"))
    return `'''${text}'''`;
  if (!plain || !lines) return tomlString(text);
  const quote = text.endsWith('"') ? '"' : "";
  const body = text.slice(0, text.length - quote.length);
  const escaped = body.replaceAll("\\", "\\\\").replaceAll('"""', '""\\"');
  return `"""\n${escaped}${quote === "" ? "" : '\\"'}"""`;
}

export function tomlList(texts: readonly string[]): string {
  if (texts.length < 2) return `[${texts.map(tomlString).join("")}]`;
  return `[\n${texts.map((text) => `  ${tomlString(text)},\n`).join("")}]`;
}

/** Formats a key, in quotes only if necessary. */
export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}
