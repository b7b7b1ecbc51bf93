/** Explains a TOML syntax error: what was expected, and the likely typing error. */
import { quote } from "./kinds/describe-value.ts";
import { KINDS } from "./kinds/kinds.ts";
import { JAIL_SHAPE, ROOT_SHAPE, type TableShape } from "./schema.ts";
import type { Setting } from "./setting.ts";

export interface SyntaxError {
  /** The whole line, as it is in the file. */
  readonly line: string;
  /** Column where parsing stopped, 1-based. */
  readonly column: number;
  /** The parser's message. */
  readonly reason: string;
  /** The line with the bracket or multi-line text that is still open at the error. */
  readonly opening: { readonly number: number; readonly line: string } | undefined;
}

export interface Explanation {
  readonly expected: string;
  readonly hint: string | undefined;
}

export function explainSyntax(error: SyntaxError): Explanation {
  const expected = `valid TOML: ${expectation(error)}`;
  return { expected, hint: suggest(error) };
}

/** Messages of the parser, each with a clearer one. */
const EXPECTATIONS: readonly (readonly [RegExp, string])[] = [
  [/^invalid value|^unfinished numeric/, 'a value such as 5, true, "text" or ["a", "b"]'],
  [/^illegal character in numeric/, "a number, or text in quotes"],
  [/^illegal leading zero/, "a number without leading zeros"],
  [/^each key-value/, "the end of the line"],
  [/^expected comma/, "a comma or the closing bracket"],
  [/^unfinished (?:table|array)/, "the closing bracket"],
  [/^unfinished string/, "the closing quotes"],
  [/^control characters/, "no control characters"],
  [/^expected end of table array/, 'a table that ends with "]]"'],
  [/escape/, 'an escape such as \\n, \\t, \\" or \\\\'],
  [/key/, "a key of letters, digits, _ and -"],
  [/^trying to redefine/, "no redefinition of a table or key"],
];

function expectation(error: SyntaxError): string {
  const { reason } = error;
  if (isUnclosedText(error)) return "a closing quote";
  if (/^\s*\[(?!\[)[^\]]*$/.test(error.line)) return '"]" at the end of the table header';
  return EXPECTATIONS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;
}

/** Returns whether a single-line string lacks its closing quote: the parser stops at the end of the line or file. */
function isUnclosedText({ line, column, reason }: SyntaxError): boolean {
  if (reason.startsWith("control characters")) return isAtEnd(line, column);
  return reason.startsWith("unfinished string") && !/^(?:"""|''')/.test(line.slice(column - 1));
}

function isAtEnd(line: string, column: number): boolean {
  return column > line.trimEnd().length;
}

function suggest(error: SyntaxError): string | undefined {
  const { line, column, reason, opening } = error;
  return (
    plainQuotes(error) ??
    oddCharacter(line, column) ??
    (opening === undefined
      ? undefined
      : `what line ${opening.number} opens is never closed: ${quote(opening.line.trim())}`) ??
    closedText(error) ??
    byReason(line.trim(), column, reason) ??
    bySetting(line.trim())
  );
}

const TYPOGRAPHIC = /[\u2018-\u201f\u00ab\u00bb]/;
const ALL_TYPOGRAPHIC = /[\u2018-\u201f\u00ab\u00bb]/g;

/** Detects typographic quotes, which word processors and web pages use, and suggests plain ones. */
function plainQuotes(error: SyntaxError): string | undefined {
  const { line, column } = error;
  const isHere = TYPOGRAPHIC.test(line.charAt(column - 1));
  if (!isHere && !(isUnclosedText(error) && TYPOGRAPHIC.test(line))) return undefined;
  const plain = line.trim().replaceAll(ALL_TYPOGRAPHIC, '"');
  return `write plain quotes: ${withoutQuotes(plain)}`;
}

/** Removes the quotes of numbers and booleans. */
function withoutQuotes(setting: string): string {
  return setting.replace(/= *"(\d+|true|false)"/, "= $1");
}

/** Describes an invisible or look-alike character outside ASCII at `column`, such as a no-break space. */
function oddCharacter(line: string, column: number): string | undefined {
  const [character = ""] = line.slice(column - 1);
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return undefined;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const isKey = /\p{L}/u.test(character) && !line.slice(0, column).includes("=");
  return isKey
    ? 'a key with letters other than a-z needs quotes: "…" = value'
    : `column ${column} contains the character ${name}: delete it, or type it again`;
}

/** Adds the missing closing quote to a text. */
function closedText(error: SyntaxError): string | undefined {
  if (!isUnclosedText(error)) return undefined;
  const single = /^\s*([\w."'-]+\s*=\s*)(["'])([^"'#[\]]*?)\s*(?:#.*)?$/.exec(error.line);
  if (single === null) return "a text ends with the quote that it begins with";
  const [, key, mark, text] = single;
  return `close the quote: ${withoutQuotes(`${key}${mark}${text}${mark}`)}`;
}

function byReason(line: string, column: number, reason: string): string | undefined {
  if (reason.includes("redefine")) {
    return line.startsWith("[")
      ? "this table is already in the file: join the two"
      : "this key is already set above: remove one of the two";
  }
  if (reason.includes("escape"))
    return "write \\\\ for a backslash, or put the text in single quotes";
  const rest = line.slice(column - 1).trim();
  if (reason.startsWith("expected comma") && rest !== "") return "separate entries with commas";
  if (/^[,;]$/.test(rest)) return `remove the "${rest}" at the end`;
  if (!reason.startsWith("each key-value")) return undefined;
  return /^[\w."-]+\s*=/.test(rest) ? "write one setting a line" : undefined;
}

/** Recognizes a setting in the syntax of other formats or of a shell, and suggests it as TOML. */
function bySetting(line: string): string | undefined {
  const [, key, separator, value = ""] = /^([\w."-]+)\s*([=:]|\s)\s*(.*)$/.exec(line) ?? [];
  if (key === undefined) return byBeginning(line);
  if (separator !== "=") {
    return separator === ":" && value === ""
      ? `a table is written [${key}]`
      : `a setting is written ${key} = value`;
  }
  if (value.startsWith("=")) return "write one equals sign";
  const [word = "", ...more] = value.match(/[\w./:%-]+/g) ?? [];
  if (!value.startsWith(word) || word === "") return undefined;
  if (/^(?:True|False|TRUE|FALSE|yes|no|on|off)$/.test(word) && fits(key, true))
    return "write true or false";
  if (/^0+\d+$/.test(word) && fits(key, Number(word))) return `write ${key} = ${Number(word)}`;
  if (/^[+-]?\d+(?:\.\d+)?$/.test(word)) return undefined;
  const isList = more.length > 0 && !/["'#]/.test(value);
  const meant = isList ? [word, ...more] : word;
  return (
    quotedFor(key, meant) ?? quotedFor(key, [meant].flat()) ?? `${key} takes ${expectedOf(key)}`
  );
}

/** Returns the value in quotes; undefined: the key does not accept it. */
function quotedFor(key: string, value: string | readonly string[]): string | undefined {
  if (!fits(key, value)) return undefined;
  return typeof value === "string"
    ? `write text in quotes: ${key} = ${quote(value)}`
    : `write texts in quotes: ${key} = [${value.map(quote).join(", ")}]`;
}

function fits(key: string, value: unknown): boolean {
  return settingsNamed(key).every(
    (setting) => KINDS[setting.is].read(value, setting, new Map()).ok,
  );
}

function expectedOf(key: string): string {
  const [setting] = settingsNamed(key);
  return setting === undefined ? "text in quotes" : KINDS[setting.is].describe(setting);
}

/** Returns the settings with this key, in any table; none for keys of other files, such as filters. */
function settingsNamed(
  key: string,
  { keys, tables }: TableShape = EVERY_TABLE,
): readonly Setting[] {
  const here = Object.hasOwn(keys, key) ? keys[key] : undefined;
  const inner = Object.values(tables).flatMap((table) => settingsNamed(key, table));
  return here === undefined ? inner : [here, ...inner];
}

const EVERY_TABLE: TableShape = { keys: {}, tables: { root: ROOT_SHAPE, jail: JAIL_SHAPE } };

function byBeginning(line: string): string | undefined {
  if (line.startsWith("{")) return "this looks like JSON; a configuration is written in TOML";
  return line.startsWith(";") || line.startsWith("//") ? "a comment begins with #" : undefined;
}
