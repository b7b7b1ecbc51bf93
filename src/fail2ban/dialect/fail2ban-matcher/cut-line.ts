/** A line whose date is known. Expressions look at the line without it. */
import type { Instant } from "../../../domain/instant.ts";

export interface CutLine {
  /** As it was read, maybe with its line end. */
  readonly source: string;
  /** Without the line end. */
  readonly length: number;
  /** Of the date. */
  readonly start: number;
  readonly end: number;
  readonly at: Instant | undefined;
  /** A date that the line before lent it; else empty. */
  readonly lent: string;
}

/** Without its date. */
export function textOf({ source, length, start, end }: CutLine): string {
  const after = source.slice(end, length);
  return start === 0 ? after : source.slice(0, start) + after;
}

/** The same with a line end, and where it can be without copying. */
export function endedTextOf(line: CutLine): string {
  const { source, length, start, end } = line;
  const isEnded = source.length === length + 1 && source.charCodeAt(length) === 10;
  return isEnded && start === 0 ? source.slice(end) : `${textOf(line)}\n`;
}

/** As it was read, with the date it was taken to have. */
export function lineOf({ source, length, lent }: CutLine): string {
  return lent + source.slice(0, length);
}
