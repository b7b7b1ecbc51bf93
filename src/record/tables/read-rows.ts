/**
 * Reads rows so that an unreadable one affects no other. The daemon writes no such row, but another release, a fixed
 * bug or a manual change may have.
 */
import type { SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { type Row, UnreadableColumn } from "./columns.ts";

/** Called for a row that was left out, with the reason. */
export type OnUnreadable = (reason: string) => void;

/**
 * Returns every row, even if a number exceeds JavaScript's exact range: it stays a bigint, which no column reader
 * accepts.
 */
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

/** Returns the result of `read` for each row; reports unreadable rows. */
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

/** Explains why a row is unreadable. Rethrows errors that do not concern the row. */
export function explainUnreadable(row: Row, error: unknown): string {
  if (!(error instanceof UnreadableColumn)) throw error;
  const key = row["subject"] ?? row["key"] ?? row["id"];
  return typeof key === "string" ? `row of "${key.slice(0, 64)}": ${error.message}` : error.message;
}
