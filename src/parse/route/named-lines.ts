/** Reads lines of logs that name their columns: by directives (W3C), or by lines of names (CSV). */
import { readAsNamedCsv } from "./csv-header-lines.ts";
import type { CurrentLine } from "./current-line.ts";
import {
  behindPrefix,
  type NamedMemory,
  type NamingBatch,
  ofStream,
  positionIn,
} from "./named-memory.ts";
import type { StreamMemory } from "./stream-memory.ts";
import { readAsW3c } from "./w3c-lines.ts";
import { columnsKey } from "../structured/csv-header.ts";

export interface NamedLines {
  /**
   * Returns the current line with its newline in a form that needs no names of the log; "": it only names columns;
   * undefined: it has not the columns, or they are not known. `stream`: that of a container's program which wrote it.
   */
  read(
    text: string,
    line: CurrentLine,
    memory: StreamMemory,
    batch: NamingBatch,
    stream?: string,
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
    read(text, line, memory, batch, stream) {
      line.isW3c = false;
      line.columns = "";
      if (line.isCut || line.isHeadless) return undefined;
      const [names, position] = placeOf(memory, batch, stream, line.prefix);
      const record = readsW3c ? readAsW3c(text, line, names, position) : undefined;
      if (record !== undefined || stated === undefined) return record;
      const row = readAsNamedCsv(text, names.csvHeaders, position, stated);
      line.columns = row === undefined ? "" : columnsKey(stated);
      return row;
    },
  };
}

/** Returns the names known in the text to which a line belongs, and how what is before it there is read. */
function placeOf(
  memory: StreamMemory,
  batch: NamingBatch,
  stream: string | undefined,
  prefix: string | undefined,
): readonly [NamedMemory, NamingBatch] {
  if (prefix !== undefined)
    return [memory.namedIn(`${prefix}|`), positionIn(batch, behindPrefix(prefix))];
  if (stream === undefined) return [memory.named, batch];
  // As in joinPieces: there are no other streams.
  const output = stream === "stderr" ? stream : "stdout";
  return [memory.namedIn(output), positionIn(batch, ofStream(output))];
}
