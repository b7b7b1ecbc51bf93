/**
 * Explains problems in a `regex`: syntax of other dialects and of fail2ban, with its equivalent here, and unbalanced
 * brackets, invalid groups and repetitions.
 */
import type { Problem } from "../../domain/problem.ts";

const FOREIGN: readonly (readonly [RegExp, string, string])[] = [
  [
    /<(?:HOST|ADDR|IP[46]|F-ID|CIDR|DNS)>/,
    "(?<ip>\\S+)",
    'a pattern says it more simply: line = "… from {ip}"',
  ],
  [
    /<\/?F-[A-Z0-9_]+\/?>/,
    "(?<user>…)",
    "a group with a name takes the place of fail2ban's <F-USER>…</F-USER>",
  ],
  [/\(\?P<\w+>/, "(?<ip>…)", "JavaScript names groups without the P"],
  [/\(\?P=\w+\)/, "no back reference", "write the text twice"],
  [
    /\(\?[aiLmsux]+\)/,
    "no flags",
    'letters of both cases are written [Aa], or as several patterns: line = ["…", "…"]',
  ],
  [
    /\(\?[imsx-]+:/,
    "no flags",
    'letters of both cases are written [Aa], or as several patterns: line = ["…", "…"]',
  ],
  [
    /(?<!\\)(?:\\\\)*\\[AZ]/,
    "^ and $, or nothing",
    "an expression is anchored at both ends automatically",
  ],
  [/%\([\w/]+\)s/, "the text itself", "names of fail2ban's filter files are not filled in"],
];

/** Beginnings of V8's messages, and their explanations; % stands for the group name. */
const BROKEN: readonly (readonly [string, string, string, string])[] = [
  ["Unterminated group", '"(" that is never closed', '")"', "a literal bracket is written \\("],
  ["Unmatched ')'", '")" without "("', '"(" before it', "a literal bracket is written \\)"],
  ["Unterminated character", '"[" that is never closed', '"]"', "a literal bracket is written \\["],
  [
    "Nothing to repeat",
    "a repetition of nothing",
    "something before *, + or ?",
    String.raw`a literal one is written \*`,
  ],
  [
    "Duplicate capture group",
    "two groups of the name %",
    "one of each name",
    "several forms are several rules, or branches: (?:… (?<ip>…)|… (?<ip>…))",
  ],
  [
    "Invalid capture group",
    "a group without a proper name",
    "a name, as in (?<ip>…)",
    "letters, digits and _, no digit first",
  ],
  [
    "Invalid group",
    '"(?" followed by an unknown kind of group',
    "(?<name>…) or (?:…)",
    "a literal bracket is written \\(",
  ],
  [
    "\\ at end",
    String.raw`"\" at the end`,
    "a character after it",
    String.raw`a literal one is written \\`,
  ],
  ["Invalid named", "a reference to a group", "no back reference", "write the text twice"],
];

type Explanation = Pick<Problem, "got" | "expected" | "hint">;

/** Returns undefined for a valid expression, even if it needs more than linear time. */
export function explainExpression(source: string): Explanation | undefined {
  return explainOtherDialect(source) ?? explainBroken(source);
}

function explainOtherDialect(source: string): Explanation | undefined {
  for (const [expression, expected, hint] of FOREIGN) {
    const [found] = expression.exec(source) ?? [];
    if (found !== undefined) return { got: JSON.stringify(found), expected, hint };
  }
  return undefined;
}

function explainBroken(source: string): Explanation | undefined {
  try {
    new RegExp(source);
    return undefined;
  } catch (error) {
    // The message of V8 ends in the reason: "Invalid regular expression: /(a/: Unterminated group".
    const said = String(error).slice(String(error).lastIndexOf(": ") + 2);
    const [, got, expected, hint] = BROKEN.find(([begins]) => said.startsWith(begins)) ?? [];
    if (got === undefined || expected === undefined || hint === undefined)
      return { got: said, expected: "a valid regular expression" };
    return { got: got.replace("%", nameOfTwo(source)), expected, hint };
  }
}

function nameOfTwo(source: string): string {
  const names: readonly string[] = source.match(/(?<=\(\?<)[A-Za-z_$][\w$]*(?=>)/g) ?? [];
  return names.find((name, i) => names.indexOf(name) < i) ?? "";
}
