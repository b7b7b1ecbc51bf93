/** Counts lines by result, and keeps as many as are shown. */
export interface LineTally {
  readonly tested: number;
  readonly matched: readonly string[];
  readonly missed: readonly string[];
  readonly ignored: readonly string[];
  readonly counts: { readonly matched: number; readonly missed: number; readonly ignored: number };
  /** Counts a line, with or without its newline. */
  add(what: LineFate, line: string): void;
  /** Moves a line from missed to matched: it is part of a match of several lines. */
  redeem(line: string): void;
}

export type LineFate = "matched" | "missed" | "ignored";

/** Maximum number of kept lines of each kind. */
export type Kept = Readonly<Record<LineFate, number>>;

export function createLineTally(kept: Kept): LineTally {
  const lines: Record<LineFate, string[]> = { matched: [], missed: [], ignored: [] };
  const counts: Record<LineFate, number> = { matched: 0, missed: 0, ignored: 0 };
  let tested = 0;
  return {
    get tested() {
      return tested;
    },
    matched: lines.matched,
    missed: lines.missed,
    ignored: lines.ignored,
    counts,
    add(what, line) {
      tested++;
      counts[what]++;
      if (lines[what].length < kept[what]) lines[what].push(line.replace(/[\r\n]+$/, ""));
    },
    redeem(line) {
      const at = lines.missed.indexOf(line);
      if (at >= 0) lines.missed.splice(at, 1);
      counts.missed--;
      counts.matched++;
      if (lines.matched.length < kept.matched) lines.matched.push(line);
    },
  };
}
