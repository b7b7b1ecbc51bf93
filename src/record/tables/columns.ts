/**
 * Converts between SQLite's columns and domain values. Typed reads throw on a row that no migration could have written.
 * Defines the storage forms of an end and of an address range.
 */
import type { SQLOutputValue } from "node:sqlite";
import { type Subject, subjectRange } from "../../domain/cidr.ts";
import { type Instant, instant, isInstant, type Until } from "../../domain/instant.ts";

export type Row = Record<string, SQLOutputValue>;

/** Stored for "forever": larger than any instant, so that comparisons and max() need no special case. */
export const FOREVER_COLUMN: number = Number.MAX_SAFE_INTEGER;

/** A value that no migration and no writer of this program could have stored. */
export class UnreadableColumn extends TypeError {}

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new UnreadableColumn(`column ${column} holds no text`);
  return value;
}

export function integerIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new UnreadableColumn(`column ${column} holds no number`);
  return value;
}

export function optionalTextIn(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textIn(row, column);
}

export function instantIn(row: Row, column: string): Instant {
  const value = integerIn(row, column);
  if (!isInstant(value)) throw new UnreadableColumn(`column ${column} holds no point in time`);
  return instant(value);
}

export function untilIn(row: Row, column: string): Until {
  const value = integerIn(row, column);
  return value === FOREVER_COLUMN ? "forever" : instantIn(row, column);
}

/** Converts a count to an integer that SQLite stores and returns exactly. */
export function wholeCount(count: number): number {
  const whole = Math.round(count);
  return Number.isNaN(whole) ? 0 : Math.max(0, Math.min(whole, Number.MAX_SAFE_INTEGER));
}

/** Rounds down to whole milliseconds: a time read from a log, or a length times a factor, may have a fraction. */
export function wholeInstant(at: Instant): Instant {
  return instant(Math.floor(at));
}

export function untilColumn(until: Until): number {
  return until === "forever" ? FOREVER_COLUMN : wholeInstant(until);
}

/**
 * Returns the first and last address as text of fixed width, which sorts as the addresses do, one family after the
 * other.
 */
export function rangeColumns(subject: Subject): { readonly first: string; readonly last: string } {
  const { family, first, last } = subjectRange(subject);
  const [mark, digits] = family === "ipv4" ? ["4", 8] : ["6", 32];
  const column = (bits: bigint): string => mark + bits.toString(16).padStart(Number(digits), "0");
  return { first: column(first), last: column(last) };
}
