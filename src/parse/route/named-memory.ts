/** Remembers the names of columns that a log says itself; in the log of containers, those of one of their streams. */
import type { LineBatch } from "../../domain/line-batch.ts";
import { CsvHeaders } from "./csv-header-lines.ts";
import type { UnknownColumns } from "./unknown-columns.ts";
import { W3cMemory } from "./w3c-memory.ts";

export class NamedMemory {
  readonly w3c: W3cMemory = new W3cMemory();
  readonly csvHeaders: CsvHeaders = new CsvHeaders();

  /** Returns why rows cannot be read, if that is new since the last call. */
  takeUnknown(): UnknownColumns | undefined {
    const unknown = this.csvHeaders.takeUnknown();
    return this.w3c.takeUnknown() ? { kind: "no directive" } : unknown;
  }
}

/** Where a line is in its log. */
export type NamingBatch = Pick<LineBatch, "content" | "earlierParts">;
