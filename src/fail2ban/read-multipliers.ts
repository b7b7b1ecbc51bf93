/** How much longer each further ban of an address is, by a formula of Python's that is calculated and never run. */
import { MAX_MULTIPLIER } from "../config/plain-kinds.ts";
import { calculate, type Names } from "./calculate.ts";
import type { ForeignJail } from "./read-directory.ts";
import { readSeconds } from "./read-seconds.ts";

export interface Multipliers {
  /** Of the first twenty-one bans, as multiples of bantime: they never fall, and end at MAX_MULTIPLIER. */
  readonly multipliers: readonly number[];
  /** Options that nothing can be made of; without them it is as if they were not written. */
  readonly mistakes: readonly MultiplierMistake[];
}

export interface MultiplierMistake {
  readonly key: string;
  readonly got: string;
  readonly expected: string;
  readonly instead: string;
}

const USUAL = "ban.Time * (1 << (ban.Count if ban.Count < 20 else 20)) * banFactor";

export function readMultipliers({ options }: Pick<ForeignJail, "options">): Multipliers {
  const mistakes: MultiplierMistake[] = [];
  const wrong = (key: string, expected: string, instead: string): void => {
    mistakes.push({ key, got: options.get(key)?.trim() ?? "", expected, instead });
  };
  const bantime = readSeconds(options.get("bantime") ?? "600");
  const base = bantime.ok && bantime.value > 0 ? bantime.value : 600;
  const factor = readFactor(options.get("bantime.factor")?.trim() || "1", wrong);
  const listed = options.get("bantime.multipliers")?.trim();
  const numbers = listed ? readList(listed) : undefined;
  if (listed && numbers === undefined)
    wrong("bantime.multipliers", "numbers above zero, such as 1 2 4 8", "doubling with each ban");
  const formula = options.get("bantime.formula")?.trim() || USUAL;
  const names = { base, factor };
  let found = numbers?.map((number) => number * factor) ?? byFormula(formula, names);
  if (typeof found === "string") {
    const expected = `a formula of numbers, ban.Time, ban.Count and banFactor: ${found}`;
    wrong("bantime.formula", expected, "doubling with each ban");
    found = byFormula(USUAL, names);
  }
  return { multipliers: typeof found === "string" ? [1] : rising(found), mistakes };
}

function readFactor(
  text: string,
  wrong: (key: string, expected: string, instead: string) => void,
): number {
  const factor = calculate(text, new Map());
  if (factor.ok && factor.value > 0) return factor.value;
  wrong("bantime.factor", factor.ok ? "a number above zero" : `a number: ${factor.error}`, "1");
  return 1;
}

function readList(text: string): readonly number[] | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const good = words.every((word) => /^\d+(?:\.\d+)?$/.test(word) && Number(word) > 0);
  return good ? words.map(Number) : undefined;
}

/** Or what is wrong with it. */
function byFormula(
  formula: string,
  { base, factor }: { readonly base: number; readonly factor: number },
): readonly number[] | string {
  const multipliers: number[] = [];
  for (let count = 0; count <= 20; count++) {
    const names: Names = new Map([
      ["ban.Time", base],
      ["ban.Count", count],
      ["banFactor", factor],
    ]);
    const value = calculate(formula, names);
    if (!value.ok) return value.error;
    multipliers.push(Math.max(1, value.value / base));
  }
  return multipliers;
}

function rising(numbers: readonly number[]): readonly number[] {
  let least = 0.001;
  return numbers.map((number) => {
    least = Math.max(least, Math.min(MAX_MULTIPLIER, Math.round(number * 1000) / 1000));
    return least;
  });
}
