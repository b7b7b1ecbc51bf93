/** Numbers the lines of a batch as they are in the log, where a joined record has several. */
import type { LineBatch } from "../../domain/line-batch.ts";

export class LineNumbers {
  readonly #first: number;
  /** For each record, and for what follows the last, how many more lines precede it than records. */
  readonly #more: readonly number[] | undefined;
  readonly #records: LineBatch["records"];

  constructor(first: number, records: LineBatch["records"]) {
    this.#first = first;
    this.#records = records;
    if (records === undefined) return;
    const more = [0];
    for (const { lines } of records) more.push((more.at(-1) ?? 0) + lines - 1);
    this.#more = more;
  }

  /** Returns the number of the line at an index of the batch, or of the next batch's first. */
  of(index: number): number {
    const { offset = 0 } = this.#records?.[index] ?? {};
    return this.#first + index + (this.#more?.[index] ?? 0) + offset;
  }
}
