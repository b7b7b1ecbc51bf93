/** Makes the batch of lines that a sample or a draft gives to a router: read later, and from no file. */
import { CUT_MARK, type LineBatch } from "../../domain/line-batch.ts";
import type { JoinedRecord, RecordStart } from "../../domain/record-start.ts";
import type { Filter } from "../filter/compile-filter.ts";
import { statedHeader } from "./csv-header-lines.ts";
import { statedColumns } from "./w3c-lines.ts";

/** `filters`: the columns that they state hold for the lines of W3C logs, which have no directive. */
export function sampleBatch(lines: readonly string[], filters: readonly Filter[]): LineBatch {
  const start = filters.find(({ begins }) => begins !== undefined)?.begins;
  const records = start && lines.map((line) => recordOf(line, start));
  const joined = lines.map((line, i) => {
    const mark = records?.[i]?.begins === false ? CUT_MARK : "";
    return `${line.replaceAll("\n", " ")}${mark}\n`;
  });
  return {
    text: joined.join(""),
    records,
    fields: undefined,
    arrival: "backlog",
    cursor: undefined,
    lastBefore: statedColumns(filters),
    firstLine: statedHeader(filters),
  };
}

/** A sample of several lines is one record: its first line begins it, and no other does. */
function recordOf(sample: string, start: RecordStart): JoinedRecord {
  const [first = "", ...more] = sample.split("\n");
  const isOne = start.begins(first) && !more.some((line) => start.begins(line));
  return { lines: 1 + more.length, begins: isOne };
}
