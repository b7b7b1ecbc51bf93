/**
 * Distinguishes environment failures from bugs in our SQL. The former are a full, read-only, busy or broken disk, and a
 * damaged file.
 */

export interface SqliteFailure {
  /** disk: may recover. damaged: the file never will. */
  readonly kind: "disk" | "damaged";
  readonly reason: string;
}

const DISK: ReadonlyMap<number, string> = new Map([
  [5, "another program has the database locked"],
  [6, "the database is locked"],
  [7, "out of memory"],
  [8, "the database is read-only"],
  [10, "disk input/output error"],
  [13, "the disk is full"],
  [14, "the database cannot be opened"],
]);

const DAMAGED: ReadonlyMap<number, string> = new Map([
  [11, "the database is damaged"],
  [26, "the file is not a database"],
]);

/** Returns undefined for other errors, or a bug such as a violated constraint, which the caller rethrows. */
export function sqliteFailure(error: unknown): SqliteFailure | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") {
    return undefined;
  }
  const code = error.errcode & 0xff;
  const disk = DISK.get(code);
  if (disk !== undefined) return { kind: "disk", reason: `${disk}: ${error.message}` };
  const damaged = DAMAGED.get(code);
  if (damaged !== undefined) return { kind: "damaged", reason: `${damaged}: ${error.message}` };
  return undefined;
}
