/** Reads lines of logs that name their columns: by directives (W3C), or by lines of names (CSV). */
import type { LineBatch } from "../../domain/line-batch.ts";
import { readAsNamedCsv } from "./csv-header-lines.ts";
import type { CurrentLine } from "./current-line.ts";
import type { StreamMemory } from "./stream-memory.ts";
import { readAsW3c } from "./w3c-lines.ts";
import { columnsKey } from "../structured/csv-header.ts";

type NamingBatch = Pick<LineBatch, "content" | "eachBefore" | "lastBefore">;

export interface NamedLines {
  /**
   * Returns the current line with its newline in a form that needs no names of the log; "": it only names columns;
   * undefined: it has not the columns, or they are not known.
   */
  read(
    text: string,
    line: CurrentLine,
    memory: StreamMemory,
    batch: NamingBatch,
  ): string | undefined;
}

/** Returns undefined if no filter reads such logs. */
export function createNamedLines(
  filters: readonly {
    readonly w3cColumns?: readonly string[];
    readonly headerColumns?: readonly string[];
  }[],
): NamedLines | undefined {
  const readsW3c = filters.some(({ w3cColumns }) => w3cColumns !== undefined);
  const stated = filters.find(({ headerColumns }) => headerColumns !== undefined)?.headerColumns;
  if (!readsW3c && stated === undefined) return undefined;
  return {
    read(text, line, memory, batch) {
      line.isW3c = false;
      line.columns = "";
      if (line.isCut) return undefined;
      const record = readsW3c ? readAsW3c(text, line, memory, batch) : undefined;
      if (record !== undefined || stated === undefined) return record;
      const row = readAsNamedCsv(text, memory.csvHeaders, batch, stated);
      line.columns = row === undefined ? "" : columnsKey(stated);
      return row;
    },
  };
}
