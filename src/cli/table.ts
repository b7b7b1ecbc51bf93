/** Rows under headings, aligned for people. The last column is not padded. */
import { hang, visibleLength } from "./wrap-text.ts";

export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Where to break the last column; undefined: a row is a line, for whoever searches in it. */
  readonly width?: number | undefined;
}

/** Below it, a last column is a word a line. */
const LEAST_COLUMN = 20;

export function formatTable({ headings, rows, width }: Table): string {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => visibleLength(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]): string => {
    const head = cells
      .slice(0, -1)
      .map((cell, i) => `${cell}${" ".repeat((widths[i] ?? 0) - visibleLength(cell))}  `)
      .join("");
    const last = cells.at(-1) ?? "";
    const text =
      width === undefined || visibleLength(head) > width - LEAST_COLUMN
        ? head + last
        : hang({ head, text: last, width });
    return text.trimEnd();
  };
  return [line(headings), ...rows.map(line)].join("\n");
}
