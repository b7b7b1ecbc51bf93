/**
 * Formats rows under headings as aligned columns. The last column is not padded; if too little of the width is left for
 * it, its texts go below their rows.
 */
import { visibleLength, withoutColor, wrapText } from "./wrap-text.ts";

export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /**
   * Maximum line length. Cells are broken at blanks, and inside words that are longer than their column. undefined:
   * each row is one line.
   */
  readonly width?: number | undefined;
}

const COLUMN_GAP = 2;
/** Cells up to this length stay on one line, such as "root (uid 0)", while a word of another column can be broken. */
const MAX_SHORT_CELL = 12;

/** Minimum width of a broken last column, whose texts are the longest; if it is narrower, they go below their rows. */
const MIN_LAST_COLUMN = 30;

export function formatTable({ headings, rows, width }: Table): string {
  const all = [headings, ...rows];
  const natural = naturalWidths(all);
  if (width === undefined) return all.map((row) => formatRow(row, natural, false)).join("\n");
  const widths = fitColumns(all, natural, width);
  const last = widths.at(-1) ?? 0;
  if (last >= Math.min(MIN_LAST_COLUMN, natural.at(-1) ?? 0))
    return all.map((row) => formatRow(row, widths, true)).join("\n");
  const upper = all.map((row) => row.slice(0, headings.length - 1));
  const upperWidths = fitColumns(upper, natural.slice(0, -1), width);
  return upper
    .flatMap((row, i) => [formatRow(row, upperWidths, true), ...textBelow(all[i]?.at(-1), width)])
    .join("\n");
}

function textBelow(text: string | undefined, width: number): readonly string[] {
  if (text === undefined || text === "") return [];
  const indent = " ".repeat(COLUMN_GAP);
  return breakCell(text, width - COLUMN_GAP).map((line) => indent + line);
}

function columnsOf(all: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return (all[0] ?? []).map((_, i) => all.map((row) => row[i] ?? ""));
}

function naturalWidths(all: readonly (readonly string[])[]): readonly number[] {
  return columnsOf(all).map((cells) => Math.max(...cells.map(visibleLength)));
}

function formatRow(row: readonly string[], widths: readonly number[], canBreak: boolean): string {
  const cells = widths.map((width, i) => {
    const cell = row[i] ?? "";
    return canBreak ? breakCell(cell, width) : [cell];
  });
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, y) =>
    cells
      .map((lines, i) => pad(lines[y] ?? "", widths[i] ?? 0))
      .join(" ".repeat(COLUMN_GAP))
      .trimEnd(),
  ).join("\n");
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - visibleLength(text)));
}

/**
 * Computes column widths. The widest columns shrink first, down to their longest word or short cell; if that is not
 * enough, further.
 */
function fitColumns(
  all: readonly (readonly string[])[],
  natural: readonly number[],
  width: number,
): readonly number[] {
  const columns = columnsOf(all);
  const room = Math.max(columns.length, width - COLUMN_GAP * (columns.length - 1));
  const least = columns.map(([heading = "", ...cells]) =>
    Math.max(longestWord(heading), ...cells.map(leastWidth)),
  );
  const widths = shrink(natural, least, room);
  return shrink(
    widths,
    widths.map(() => 1),
    room,
  );
}

function shrink(
  from: readonly number[],
  least: readonly number[],
  room: number,
): readonly number[] {
  const widths = [...from];
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  for (; excess > 0; excess--) {
    const spare = widths.map((width, i) => (width > (least[i] ?? 0) ? width : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? 0) === 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function leastWidth(cell: string): number {
  return Math.max(longestWord(cell), Math.min(visibleLength(cell), MAX_SHORT_CELL));
}

function longestWord(cell: string): number {
  return Math.max(...cell.split(" ").map(visibleLength));
}

function breakCell(cell: string, width: number): readonly string[] {
  return wrapText(cell, width).flatMap((line) => {
    if (visibleLength(line) <= width) return [line];
    const plain = withoutColor(line);
    const pieces = Math.ceil(plain.length / width);
    return Array.from({ length: pieces }, (_, i) => plain.slice(i * width, (i + 1) * width));
  });
}
