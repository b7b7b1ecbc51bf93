/** Formats figures as the table that `npm run bench` prints. */
import type { Judged, Unit } from "./figure.ts";

export const HEADINGS = ["figure", "ours", "peer", "ratio", "target", "reached"] as const;

/** Units of whole numbers. */
const COUNTED: ReadonlySet<Unit> = new Set<Unit>(["tries", "campaigns", "sources"]);

export function formatTable(figures: readonly Judged[]): string {
  const rows = [HEADINGS, ...figures.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

export function cellsOf({
  name,
  ours,
  unit,
  peer,
  ratio,
  target,
  reached,
}: Judged): readonly string[] {
  return [
    name,
    formatValue(ours, unit),
    peer === undefined ? "-" : `${formatValue(peer.value, unit)} ${peer.name}`,
    ratio === undefined ? "-" : `${formatNumber(ratio)}x`,
    target.kind === "limit"
      ? `<= ${withUnit(String(target.most), unit)}`
      : `${target.kind === "faster" ? ">=" : "<="} ${target.times}x`,
    reached ? "yes" : "NO",
  ];
}

function formatValue(value: number, unit: Unit): string {
  return withUnit(COUNTED.has(unit) ? String(value) : formatNumber(value), unit);
}

function withUnit(number: string, unit: Unit): string {
  return unit === "%" ? `${number}%` : `${number} ${unit}`;
}

/** Formats with three significant digits. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3);
}
