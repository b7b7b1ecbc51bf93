/** Remembers the columns of a W3C log, for each of its files: an old one may still grow beside its successor. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { DATE, FIELDS, NO_COLUMNS, readDirective, type W3cColumns } from "../structured/w3c-log.ts";

/** Stands for the only text of a source without files. */
const STREAM = {};

type Position = Pick<LineBatch, "content" | "lastBefore">;

export class W3cMemory {
  readonly #columns = new WeakMap<object, W3cColumns>();
  #last = NO_COLUMNS;

  /** Returns the columns in force. A file without a directive has those of the one before it. */
  columnsAt({ content = STREAM, lastBefore }: Position): W3cColumns {
    const known = this.#columns.get(content);
    if (known !== undefined) return known;
    const columns = recallColumns(lastBefore) ?? this.#last;
    this.set({ content }, columns);
    return columns;
  }

  set({ content = STREAM }: Pick<Position, "content">, columns: W3cColumns): void {
    this.#columns.set(content, columns);
    this.#last = columns;
  }
}

/** Finds the directives in force where reading begins in the middle of a log. */
function recallColumns(lastBefore: LineBatch["lastBefore"]): W3cColumns | undefined {
  const fields = lastBefore?.(FIELDS);
  if (fields === undefined) return undefined;
  const columns = readDirective(fields, NO_COLUMNS);
  const date = columns.names?.includes("date") === true ? undefined : lastBefore?.(DATE);
  return date === undefined ? columns : readDirective(date, columns);
}
