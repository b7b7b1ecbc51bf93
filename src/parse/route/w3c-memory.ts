/** Remembers the columns of a W3C log, for each of its files: an old one may still grow beside its successor. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { NO_COLUMNS, readDirective, type W3cColumns } from "../structured/w3c-log.ts";

/** Stands for the only text of a source without files. */
const STREAM = {};

type Position = Pick<LineBatch, "content">;

export class W3cMemory {
  readonly #columns = new WeakMap<object, W3cColumns>();
  #last = NO_COLUMNS;
  #isReported = false;
  #isUnknown = false;

  /** Returns the columns in force. A file without a directive has those of the one before it. */
  columnsAt({ content = STREAM }: Position): W3cColumns {
    return this.#columns.get(content) ?? this.#last;
  }

  /** Reads a line that begins with "#". */
  note(directive: string, { content = STREAM }: Position): void {
    const columns = readDirective(directive, this.columnsAt({ content }));
    this.#columns.set(content, columns);
    this.#last = columns;
    if (columns.names !== undefined) this.#isReported = false;
  }

  /** Notes a row whose columns are not known. */
  noteUnknown(): void {
    if (!this.#isReported) this.#isUnknown = true;
    this.#isReported = true;
  }

  /** Returns whether rows cannot be read, if that is new since the last call. */
  takeUnknown(): boolean {
    const isUnknown = this.#isUnknown;
    this.#isUnknown = false;
    return isUnknown;
  }
}
