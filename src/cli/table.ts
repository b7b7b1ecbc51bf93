/** Rows under headings, aligned for people. The last column is not padded. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function formatTable({ headings, rows }: Table): string {
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...rows.map((row) => visibleLength(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        i === cells.length - 1 ? cell : cell + " ".repeat((widths[i] ?? 0) - visibleLength(cell)),
      )
      .join("  ")
      .trimEnd();
  return [line(headings), ...rows.map(line)].join("\n");
}

/** Without the color codes `paint` adds. */
function visibleLength(text: string): number {
  return text.replace(COLOR, "").length;
}

const COLOR = /\u001b\[\d+m/g;
