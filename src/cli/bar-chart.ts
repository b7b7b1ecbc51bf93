/** Formats numbers as a table with a bar of "#" for each, which fits the terminal. */
import { formatTable } from "./table.ts";

/** One row of a chart. */
export interface Bar {
  readonly name: string;
  /** null: unknown, which is "-" and has no bar. */
  readonly value: number | null;
  /** Text between value and bar. */
  readonly note: string;
  /** Text after the note. */
  readonly where?: string | undefined;
}

export const MAX_BAR_NAME = 40;
const MIN_BAR = 8;
/** Spaces between two columns of a table. */
const COLUMN_GAP = 2;

/** `headings`: of name, value and note. `width`: of the terminal, in columns. */
export function formatBars(
  bars: readonly Bar[],
  headings: readonly [string, string, string],
  width: number,
): string {
  if (bars.length === 0) return "Nothing was counted.";
  const most = Math.max(1, ...bars.map(({ value }) => value ?? 0));
  const all = bars.map(({ name, value, note, where = "" }) => [
    ...[shorten(name, MAX_BAR_NAME), value === null ? "-" : String(value), note, where],
  ]);
  // Notes and places are no column if no row has one.
  const kept = [...headings, "where"].map((_, i) => i < 2 || all.some((row) => row[i] !== ""));
  const columns = [...headings, "where"].filter((_, i) => kept[i]);
  const cells = all.map((row) => row.filter((_, i) => kept[i]));
  const widths = columns.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const used = widths.reduce((sum, column) => sum + column + COLUMN_GAP, 0);
  const room = Math.max(MIN_BAR, width - used);
  const rows = bars.map(({ value }, i) => {
    // Anything above zero shows.
    const length = value === null || value === 0 ? 0 : Math.max(1, (value / most) * room);
    return [...(cells[i] ?? []), "#".repeat(Math.floor(length))];
  });
  const upper = columns.map((heading) => heading.toUpperCase());
  return formatTable({ headings: [...upper, ""], rows, width: undefined });
}

/** Joins unknown times that follow each other, such as those before the first start, to one row. */
export function joinUnknown(bars: readonly Bar[]): readonly Bar[] {
  return bars.flatMap((bar, i) => {
    if (bar.value !== null) return [bar];
    if (bars[i - 1]?.value === null) return [];
    const end = bars.findIndex(({ value }, next) => next > i && value !== null);
    const last = bars.at(end < 0 ? -1 : end - 1) ?? bar;
    return [last === bar ? bar : { ...bar, name: `${bar.name} to ${last.name}` }];
  });
}

export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Formats the share of a time in which failures would have been counted. */
export function formatShare(share: number): string {
  if (share === 0) return "no data";
  const percent = Math.round(share * 100);
  // A minute or so passes until a run is known.
  return percent >= 95 ? "" : `${Math.max(1, percent)}%`;
}
