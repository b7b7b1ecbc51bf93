/** A line with the position of its date. Expressions match the line without the date. */
import type { Instant } from "../../../domain/instant.ts";

export interface CutLine {
  /** The line as read, with or without newline. */
  readonly source: string;
  /** Length without the newline. */
  readonly length: number;
  /** Start of the date; `end` is the position after it. */
  readonly start: number;
  readonly end: number;
  readonly at: Instant | undefined;
  /** The date of an earlier line, if this line has none; else empty. */
  readonly lent: string;
}

/** Returns the line without its date. */
export function textOf({ source, length, start, end }: CutLine): string {
  const after = source.slice(end, length);
  return start === 0 ? after : source.slice(0, start) + after;
}

/** Returns the line without its date but with a newline; avoids a copy if possible. */
export function endedTextOf(line: CutLine): string {
  const { source, length, start, end } = line;
  const isEnded = source.length === length + 1 && source.charCodeAt(length) === 10;
  return isEnded && start === 0 ? source.slice(end) : `${textOf(line)}\n`;
}

/** Returns the line as read, preceded by the date of an earlier line, if that was used. */
export function lineOf({ source, length, lent }: CutLine): string {
  return lent + source.slice(0, length);
}
