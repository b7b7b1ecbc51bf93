/** A length of time as fail2ban writes it: "10m", "1d12h", "1y 6mo", "2*3600", "-1" -> seconds. */
import { fail, ok, type Result } from "../domain/result.ts";
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

/** The error says what was expected. A negative result means forever where fail2ban takes one. */
export function readSeconds(text: string): Result<number, string> {
  let unknown: string | undefined;
  // "1d12h" is a sum; what stands between other numbers is arithmetic.
  const formula = text
    .trim()
    .toLowerCase()
    .replace(/(\d)\s*([a-z]+)\s*(?=\d)/g, "$1$2+")
    .replace(/(\d+(?:\.\d+)?)\s*([a-z]+)/g, (whole, number: string, unit: string) => {
      const factor = UNITS.find(([pattern]) => pattern.test(unit))?.[1];
      if (factor === undefined) unknown ??= whole;
      return `(${number}*${factor ?? 1})`;
    });
  if (unknown !== undefined) return fail(`a length such as 600, 10m or 1d12h, not "${unknown}"`);
  const value = calculate(formula, new Map());
  return value.ok ? ok(value.value) : fail(`a length such as 600, 10m or 1d12h: ${value.error}`);
}
