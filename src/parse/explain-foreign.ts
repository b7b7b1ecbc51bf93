/** What other dialects of regular expressions and fail2ban write, and what says the same in a `regex` here. */
import type { Problem } from "../domain/problem.ts";

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
    "an expression is anchored at both ends by itself",
  ],
  [/%\([\w/]+\)s/, "the text itself", "names of fail2ban's filter files are not filled in"],
];

export function explainForeign(
  source: string,
): Pick<Problem, "got" | "expected" | "hint"> | undefined {
  for (const [expression, expected, hint] of FOREIGN) {
    const [found] = expression.exec(source) ?? [];
    if (found !== undefined) return { got: JSON.stringify(found), expected, hint };
  }
  return undefined;
}
