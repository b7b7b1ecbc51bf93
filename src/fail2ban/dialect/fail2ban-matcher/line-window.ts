/**
 * Keeps the last lines for a filter that matches several lines together (maxlines). They are joined by newlines. Lines
 * that a match covers are removed, except those it skipped (<SKIPLINES>).
 */
import { type CutLine, textOf } from "./cut-line.ts";

export interface Covered {
  readonly matched: readonly CutLine[];
  readonly unmatched: readonly CutLine[];
}

export interface MatchPlace {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly skipped: string;
}

export function joinLines(lines: readonly CutLine[]): string {
  return `${lines.map(textOf).join("\n")}\n`;
}

export function coveredLines(
  lines: readonly CutLine[],
  { text, start, end, skipped }: MatchPlace,
): Covered {
  if (lines.length <= 1) return { matched: lines, unmatched: [] };
  const lineStart = text.lastIndexOf("\n", start) + 1;
  const nextEnd = text.indexOf("\n", Math.max(0, end - 1));
  const lineEnd = nextEnd < 0 ? text.length : nextEnd + 1;
  const first = countLineEnds(text, lineStart);
  const past = countLineEnds(text, lineEnd);
  const matched = lines.slice(first, past);
  const unmatched = lines.slice(0, first);
  let from = 0;
  for (const line of splitLines(skipped)) {
    const index = matched.findIndex((one, i) => i >= from && textOf(one) === line);
    if (index < 0) continue;
    unmatched.push(...matched.splice(index, 1));
    from = index;
  }
  return { matched, unmatched: [...unmatched, ...lines.slice(past)] };
}

function countLineEnds(text: string, until: number): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < until; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function splitLines(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
