/** How much longer each further ban of an address is, by a formula of Python's that is calculated and never run. */
import { calculate } from "./calculate.ts";
import type { ForeignJail } from "./read-directory.ts";
import { readSeconds } from "./read-seconds.ts";

/** What the formula makes of the first twenty-one bans, as multiples of bantime; or what is wrong with it. */
export function readMultipliers({
  options,
}: Pick<ForeignJail, "options">): readonly number[] | string {
  const bantime = readSeconds(options.get("bantime") ?? "600");
  const base = bantime.ok && bantime.value > 0 ? bantime.value : 600;
  const factor = calculate(options.get("bantime.factor")?.trim() || "1", new Map());
  if (!factor.ok) return `bantime.factor: ${factor.error}`;
  const listed = options.get("bantime.multipliers")?.trim();
  if (listed) return listed.split(/[\s,]+/).map((one) => round(Number(one) * factor.value));
  const formula =
    options.get("bantime.formula")?.trim() ||
    "ban.Time * (1 << (ban.Count if ban.Count < 20 else 20)) * banFactor";
  const multipliers: number[] = [];
  for (let count = 0; count <= 20; count++) {
    const names = new Map([
      ["ban.Time", base],
      ["ban.Count", count],
      ["banFactor", factor.value],
    ]);
    const value = calculate(formula, names);
    if (!value.ok) return `a formula of numbers, ban.Time, ban.Count and banFactor: ${value.error}`;
    multipliers.push(round(Math.max(1, value.value / base)));
  }
  return multipliers;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
