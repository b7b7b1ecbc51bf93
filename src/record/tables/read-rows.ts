/**
 * Reads rows so that one that cannot be read costs itself and no other. The daemon writes no such row; a file of another
 * release, a bug that is mended since or somebody's hand may have.
 */
import type { SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { type Row, UnreadableColumn } from "./columns.ts";

/** Called with the row that was left out, and the reason. */
export type OnUnreadable = (reason: string) => void;

/** Every row, even if a number exceeds JavaScript's range: then it stays a bigint, which no column reader accepts. */
export function allRows(
  statement: StatementSync,
  ...values: readonly SQLInputValue[]
): readonly Row[] {
  return tolerant(
    statement,
    () => statement.all(...values),
    (rows) => rows.map(narrowed),
  );
}

export function firstRow(
  statement: StatementSync,
  ...values: readonly SQLInputValue[]
): Row | undefined {
  return tolerant(
    statement,
    () => statement.get(...values),
    (row) => (row === undefined ? undefined : narrowed(row)),
  );
}

function tolerant<T>(statement: StatementSync, run: () => T, narrow: (result: T) => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  statement.setReadBigInts(true);
  try {
    return narrow(run());
  } finally {
    statement.setReadBigInts(false);
  }
}

function narrowed(row: Row): Row {
  const entries = Object.entries(row).map(([column, value]): [string, SQLOutputValue] => {
    const isSafe = typeof value === "bigint" && Number.isSafeInteger(Number(value));
    return [column, isSafe ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

/** The result of `read` for each row. */
export function readEach<T>(
  rows: readonly Row[],
  read: (row: Row) => T,
  onUnreadable: OnUnreadable,
): readonly T[] {
  return rows.flatMap((row): readonly T[] => {
    try {
      return [read(row)];
    } catch (error) {
      onUnreadable(explainUnreadable(row, error));
      return [];
    }
  });
}

/** Rethrows errors that do not concern the row. */
export function explainUnreadable(row: Row, error: unknown): string {
  if (!(error instanceof UnreadableColumn)) throw error;
  const key = row["subject"] ?? row["key"] ?? row["id"];
  return typeof key === "string" ? `row of "${key.slice(0, 64)}": ${error.message}` : error.message;
}
