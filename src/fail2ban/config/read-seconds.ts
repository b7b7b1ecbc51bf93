/** Parses a duration of fail2ban into seconds: "10m", "1d12h", "1y 6mo", "2*3600", "-1". */
import { fail, ok, type Result } from "../../domain/result.ts";
import { calculate } from "./calculate.ts";

const DAY = 86_400;
/** Units in seconds. A unit may be abbreviated to any prefix that its expression accepts. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^y(?:e(?:a(?:rs?)?)?|rs?)?$/, 365.25 * DAY],
  [/^mo(?:n(?:ths?)?)?$/, 30.4375 * DAY],
  [/^w(?:e(?:e(?:ks?)?)?|w)?$/, 7 * DAY],
  [/^d(?:a(?:ys?)?|d)?$/, DAY],
  [/^h(?:o(?:u(?:rs?)?)?|h)?$/, 3600],
  [/^m(?:i(?:n(?:utes?)?)?|m)?$/, 60],
  [/^s(?:e(?:c(?:onds?)?)?|s)?$/, 1],
];

/** A number in quotes: Python converts a string to a whole number. */
const QUOTED = /^(["'])\s*(?<number>[+-]?\d+(?:_\d+)*)\s*\1$/;
/** A number with its unit, and optionally a period after the abbreviation. */
const PART = /(\d+(?:_\d+)*(?:\.\d+)?|\.\d+)\s*([a-z]+)(?:\.(?!\d))?/g;

/** Returns seconds, -1 if permanent; the error is what was expected. */
export function readSeconds(text: string): Result<number, string> {
  let unknown: string | undefined;
  const written = text.trim().toLowerCase();
  // "1d12h" and "1d 12h" are sums; other operators are evaluated as a formula.
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
