/** Draws policies as points of a text chart: bans to the right, attempts let through upward. */
import type { TriedPolicy } from "../../../pipeline/tune.ts";

export interface ChartPoint {
  readonly policy: Pick<TriedPolicy, "through" | "bans">;
  /** One character. Later points cover earlier ones. */
  readonly mark: string;
}

/** The marks of both charts. */
export const MARKS = { tried: ".", risky: "x", current: "C", proposed: "P" } as const;

const COLUMNS = 56;
const ROWS = 12;

export function drawChart(points: readonly ChartPoint[]): string {
  const across = scaleOf(
    points.map(({ policy }) => policy.bans),
    COLUMNS - 1,
  );
  const up = scaleOf(
    points.map(({ policy }) => policy.through),
    ROWS - 1,
  );
  const grid = Array.from({ length: ROWS }, () => Array<string>(COLUMNS).fill(" "));
  for (const { policy, mark } of points) {
    const row = grid[ROWS - 1 - up.place(policy.through)];
    if (row !== undefined) row[across.place(policy.bans)] = mark;
  }
  const labels = [up.max, up.min].map(String);
  const margin = Math.max(...labels.map(({ length }) => length));
  const rows = grid.map((row, y) => {
    const label = y === 0 ? labels[0] : y === ROWS - 1 ? labels[1] : "";
    return `${(label ?? "").padStart(margin)} |${row.join("")}`.trimEnd();
  });
  const left = String(across.min);
  const right = String(across.max).padStart(COLUMNS - left.length);
  return [
    "attempts let through",
    ...rows,
    `${" ".repeat(margin)} +${"-".repeat(COLUMNS)}`,
    `${" ".repeat(margin)}  ${left}${right} bans`,
  ].join("\n");
}

export interface Scale {
  readonly min: number;
  readonly max: number;
  /** Returns a position from 0 to `size`, rounded to a whole number. */
  place(value: number): number;
}

/** Maps the range of values to positions from 0 to `size`. */
export function scaleOf(values: readonly number[], size: number): Scale {
  const min = Math.min(...values);
  const max = Math.max(...values);
  const range = Math.max(1, max - min);
  return { min, max, place: (value) => Math.round(((value - min) / range) * size) };
}
