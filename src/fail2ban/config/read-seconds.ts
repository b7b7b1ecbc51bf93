/** A length of time as fail2ban writes it: "10m", "1d12h", "1y 6mo", "2*3600", "-1" -> seconds. */
import { fail, ok, type Result } from "../../domain/result.ts";
import { calculate } from "./calculate.ts";

const DAY = 86_400;
/** Any beginning of the word that is not shorter than these. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^y(?:e(?:a(?:rs?)?)?|rs?)?$/, 365.25 * DAY],
  [/^mo(?:n(?:ths?)?)?$/, 30.4375 * DAY],
  [/^w(?:e(?:e(?:ks?)?)?|w)?$/, 7 * DAY],
  [/^d(?:a(?:ys?)?|d)?$/, DAY],
  [/^h(?:o(?:u(?:rs?)?)?|h)?$/, 3600],
  [/^m(?:i(?:n(?:utes?)?)?|m)?$/, 60],
  [/^s(?:e(?:c(?:onds?)?)?|s)?$/, 1],
];

/** Python reads a whole number out of a text. */
const QUOTED = /^(["'])\s*(?<number>[+-]?\d+(?:_\d+)*)\s*\1$/;
/** A number with its unit; a full stop may follow, as after an abbreviation. */
const PART = /(\d+(?:_\d+)*(?:\.\d+)?|\.\d+)\s*([a-z]+)(?:\.(?!\d))?/g;

/** The error is what was expected. -1 means forever where fail2ban takes one. */
export function readSeconds(text: string): Result<number, string> {
  let unknown: string | undefined;
  const written = text.trim().toLowerCase();
  // "1d12h" and "1d 12h" are sums; what stands between other numbers is arithmetic.
  const formula = (QUOTED.exec(written)?.groups?.["number"] ?? written)
    .replace(/(\d)\s*([a-z]+)\s*(?=\d)/g, "$1$2+")
    .replace(/(\d)\s+(?=\d)/g, "$1+")
    .replace(PART, (whole, number: string, unit: string) => {
      const factor = UNITS.find(([pattern]) => pattern.test(unit))?.[1];
      if (factor === undefined) unknown ??= whole;
      return `(${number}*${factor ?? 1})`;
    });
  if (unknown !== undefined) return fail(`a length such as 600, 10m or 1d12h, not "${unknown}"`);
  const value = calculate(formula, new Map());
  return value.ok ? ok(value.value) : fail(`a length such as 600, 10m or 1d12h: ${value.error}`);
}
