/** Reads lines of logs that name their columns: by directives (W3C), or by lines of names (CSV). */
import { CUT_MARK, type EarlierPart } from "../../domain/line-batch.ts";
import { columnsKey } from "../structured/csv-header.ts";
import { isColored, stripColors } from "../structured/strip-colors.ts";
import { unwrapLine } from "../structured/unwrap-line.ts";
import { DATE, FIELDS } from "../structured/w3c-log.ts";
import { ContainerPrefixes } from "./container-prefix.ts";
import { readAsNamedCsv } from "./csv-header-lines.ts";
import type { CurrentLine } from "./current-line.ts";
import type { NamedMemory, NamingBatch } from "./named-memory.ts";
import type { StreamMemory } from "./stream-memory.ts";
import { readAsW3c } from "./w3c-lines.ts";

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
  /**
   * Reads the names in force where reading begins in the middle of a file, a bounded part of the earlier text in each
   * step. Does nothing for a file whose names are known.
   */
  recall(memory: StreamMemory, batch: NamingBatch): Generator<void, void>;
}

/** The columns that filters state. */
interface Stated {
  /** Whether a filter reads W3C logs. */
  readonly w3c: boolean;
  /** undefined: no filter reads headers of CSV. */
  readonly csv: readonly string[] | undefined;
}

/** Returns undefined if no filter reads such logs. */
export function createNamedLines(
  filters: readonly {
    readonly w3cColumns?: readonly string[];
    readonly headerColumns?: readonly string[];
    readonly prefix?: string;
  }[],
): NamedLines | undefined {
  const stated: Stated = {
    w3c: filters.some(({ w3cColumns }) => w3cColumns !== undefined),
    csv: filters.find(({ headerColumns }) => headerColumns !== undefined)?.headerColumns,
  };
  if (!stated.w3c && stated.csv === undefined) return undefined;
  const prefixes = new ContainerPrefixes(filters);
  return {
    read(text, line, memory, batch, stream) {
      line.isW3c = false;
      line.columns = "";
      if (line.isCut || line.isHeadless) return undefined;
      const names = namesOf(memory, stream, line.prefix);
      const record = stated.w3c ? readAsW3c(text, line, names, batch) : undefined;
      if (record !== undefined || stated.csv === undefined) return record;
      const row = readAsNamedCsv(text, names.csvHeaders, batch, stated.csv);
      line.columns = row === undefined ? "" : columnsKey(stated.csv);
      return row;
    },
    *recall(memory, batch) {
      if (batch.earlierParts === undefined || memory.hasRecalled(batch.content)) return;
      let isFirst = true;
      for (const part of batch.earlierParts()) {
        // The first line of a file may name anything.
        if (isFirst || mayName(part.text, memory, stated))
          for (const line of completeLines(part))
            noteEarlier(line, memory, batch, prefixes, stated);
        isFirst = false;
        yield;
      }
      memory.noteRecalled(batch.content);
    },
  };
}

/** Returns whether a text may name columns. Most parts of a log do not, and need not be read line by line. */
function mayName(text: string, memory: StreamMemory, { w3c, csv }: Stated): boolean {
  if (w3c && (text.includes(FIELDS) || text.includes(DATE))) return true;
  if (csv === undefined) return false;
  const names = [...csv, ...memory.allNamed.flatMap(({ csvHeaders }) => csvHeaders.lastNames)];
  // In JSON, and in quotes, other characters may be escaped.
  return names.some((name) => !/^[\w .-]+$/.test(name) || text.includes(name));
}

function completeLines({ text, records }: EarlierPart): readonly string[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line, i) => !line.endsWith(CUT_MARK) && records?.[i]?.begins !== false);
}

/** Returns the names known in the text to which a line belongs. */
function namesOf(
  memory: StreamMemory,
  stream: string | undefined,
  prefix: string | undefined,
): NamedMemory {
  if (prefix !== undefined) return memory.namedIn(`${prefix}|`);
  if (stream === undefined) return memory.named;
  // As in joinPieces: there are no other streams.
  return memory.namedIn(stream === "stderr" ? stream : "stdout");
}

/** Reads a line before the batch as `read` would: without a container's prefix, or as the text of its stream. */
function noteEarlier(
  line: string,
  memory: StreamMemory,
  batch: NamingBatch,
  prefixes: ContainerPrefixes,
  stated: Stated,
): void {
  if (!prefixes.isEmpty) {
    const read = prefixes.read(line);
    if (read !== undefined) noteNames(read.text, namesOf(memory, undefined, read.prefix));
    return;
  }
  const wrapped = unwrapLine(line, () => false);
  if (wrapped === undefined) noteNames(line, memory.named);
  else if (wrapped.extent === "whole")
    noteNames(wrapped.text, namesOf(memory, wrapped.stream, undefined));

  function noteNames(written: string, { w3c, csvHeaders }: NamedMemory): void {
    const text = isColored(written, 0) ? stripColors(written) : written;
    if (stated.w3c && text.startsWith("#")) w3c.note(text, batch);
    if (stated.csv !== undefined) csvHeaders.note(text, batch, stated.csv);
  }
}
