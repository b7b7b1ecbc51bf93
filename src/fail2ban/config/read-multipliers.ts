/**
 * Computes the factors by which further bans of an address are longer. The Python formula is evaluated by
 * `calculate.ts`, never by Python.
 */
import { MAX_MULTIPLIER } from "../../config/kinds/plain-kinds.ts";
import { calculate, type Names } from "./calculate.ts";
import { stopsPython } from "./python-formula.ts";
import type { Fail2banJail } from "./read-directory.ts";
import { readSeconds } from "./read-seconds.ts";

export interface Multipliers {
  /**
   * Lengths of the first twenty-one bans as multiples of bantime, beginning with 1. At most MAX_MULTIPLIER, or Infinity
   * for a permanent ban.
   */
  readonly multipliers: readonly number[];
  /** Invalid options, which are ignored. */
  readonly mistakes: readonly MultiplierMistake[];
}

export interface MultiplierMistake {
  readonly key: string;
  readonly got: string;
  readonly expected: string;
  readonly instead: string;
  /** Whether fail2ban does not start with this mistake. */
  readonly stops: boolean;
}

type Wrong = (key: string, mistake: Omit<MultiplierMistake, "key" | "got">) => void;

const DEFAULT_FORMULA = "ban.Time * (1 << (ban.Count if ban.Count < 20 else 20)) * banFactor";
const DOUBLING = "doubling with each ban";

export function readMultipliers({ options }: Pick<Fail2banJail, "options">): Multipliers {
  const mistakes: MultiplierMistake[] = [];
  const wrong: Wrong = (key, mistake) => {
    mistakes.push({ key, got: options.get(key)?.trim() ?? "", ...mistake });
  };
  const bantime = readSeconds(withoutComment(options.get("bantime") ?? "600"));
  const base = bantime.ok && bantime.value > 0 ? bantime.value : 600;
  const factor = readFactor(withoutComment(options.get("bantime.factor") ?? "") || "1", wrong);
  const listed = options.get("bantime.multipliers")?.trim();
  const further =
    (listed ? readList(listed, factor, wrong) : undefined) ??
    byOwnFormula(withoutComment(options.get("bantime.formula") ?? ""), { base, factor }, wrong);
  const multipliers = isEndless(options.get("bantime.maxtime")) ? [Infinity] : further.map(bounded);
  return { multipliers: [1, ...multipliers], mistakes };
}

/**
 * Reports whether maxtime makes bans permanent: fail2ban takes the smaller of ban time and maxtime, and -1 is
 * permanent.
 */
function isEndless(maxtime: string | undefined): boolean {
  const seconds = readSeconds(withoutComment(maxtime ?? ""));
  return seconds.ok && Math.trunc(seconds.value) === -1;
}

/** Removes a comment after a formula, as Python does. */
function withoutComment(text: string): string {
  return text.replace(/#.*/s, "").trim();
}

function readFactor(text: string, wrong: Wrong): number {
  const factor = calculate(text, new Map());
  if (factor.ok && factor.value > 0) return factor.value;
  const expected = factor.ok ? "a number above zero" : `a number: ${factor.error}`;
  const stops = !factor.ok && stopsPython(text, factor.error);
  wrong("bantime.factor", { expected, instead: "1", stops });
  return 1;
}

/**
 * Reads a list of numbers, one per count of earlier bans. The first is for a first ban, which is never multiplied, so
 * it matters only if it is the only one.
 */
function readList(text: string, factor: number, wrong: Wrong): readonly number[] | undefined {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.every((word) => /^\d+(?:_\d+)*(?:\.\d+)?$/.test(word) && numberOf(word) > 0)) {
    const numbers = words.map((word) => numberOf(word) * factor);
    return numbers.length > 1 ? numbers.slice(1) : numbers;
  }
  const stops = !words.every((word) => /^[+-]?\d+(?:_\d+)*$/.test(word));
  const expected = "numbers above zero, such as 1 2 4 8";
  wrong("bantime.multipliers", { expected, instead: DOUBLING, stops });
  return undefined;
}

function numberOf(word: string): number {
  return Number(word.replaceAll("_", ""));
}

interface FormulaNames {
  readonly base: number;
  readonly factor: number;
}

function byOwnFormula(formula: string, names: FormulaNames, wrong: Wrong): readonly number[] {
  const found = byFormula(formula || DEFAULT_FORMULA, names);
  if (typeof found !== "string") return found;
  const expected = `a formula of numbers, ban.Time, ban.Count and banFactor: ${found}`;
  wrong("bantime.formula", { expected, instead: DOUBLING, stops: false });
  const usual = byFormula(DEFAULT_FORMULA, names);
  return typeof usual === "string" ? [1] : usual;
}

/** Returns the multipliers for one to twenty earlier bans, or why the formula is invalid. */
function byFormula(formula: string, { base, factor }: FormulaNames): readonly number[] | string {
  const multipliers: number[] = [];
  for (let count = 1; count <= 20; count++) {
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

function bounded(number: number): number {
  return Math.max(0.001, Math.min(MAX_MULTIPLIER, Math.round(number * 1000) / 1000));
}
