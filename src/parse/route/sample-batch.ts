/** Makes the batch of lines that a sample or a draft gives to a router: read later, and from no file. */
import { CUT_MARK, type LineBatch } from "../../domain/line-batch.ts";
import type {
  JoinedRecord,
  QuoteState,
  ReadQuotes,
  RecordStart,
} from "../../domain/record-start.ts";
import type { Filter } from "../filter/compile-filter.ts";
import { statedHeader } from "./csv-header-lines.ts";
import { statedColumns } from "./w3c-lines.ts";

/** `filters`: the columns that they state hold for the lines of W3C logs, which have no directive. */
export function sampleBatch(lines: readonly string[], filters: readonly Filter[]): LineBatch {
  const start = filters.find(({ begins }) => begins !== undefined)?.begins;
  const records = start && lines.map((line) => recordOf(line, start));
  const joined = lines.map((line, i) => {
    const mark = records?.[i]?.begins === false ? CUT_MARK : "";
    return `${joinSample(line, start)}${mark}\n`;
  });
  return {
    text: joined.join(""),
    records,
    fields: undefined,
    arrival: "backlog",
    cursor: undefined,
    earlierParts: () => [{ text: statedColumns(filters) + statedHeader(filters) }],
  };
}

/** Returns the lines of a record as one line, as a source joins them. */
export function joinSample(sample: string, start: RecordStart | undefined): string {
  const lines = sample.split("\n");
  if (start === undefined || lines.length === 1) return lines.join(" ");
  const [first, ...more] = lines.map((line) => start.unwrap(line));
  const texts = more.flatMap((one) => (one?.stream === first?.stream ? (one?.text ?? []) : []));
  return first === undefined || texts.length < more.length
    ? lines.join(" ")
    : first.rewrap([first.text, ...texts].join(" "), "whole");
}

function recordOf(sample: string, start: RecordStart): JoinedRecord {
  return { lines: sample.split("\n").length, begins: joinsSample(sample, start) };
}

/** Returns whether the lines of a sample are one record: its first line begins it, and no other does. */
export function joinsSample(sample: string, start: RecordStart): boolean {
  const [first = "", ...more] = sample.split("\n");
  return start.quotes === undefined
    ? start.begins(first) && !more.some((line) => start.begins(line))
    : isOneRow(
        [first, ...more].map((line) => start.unwrap(line)?.text ?? line),
        start.quotes,
      );
}

/** Returns whether a quote is open at the end of each line but the last. */
function isOneRow(lines: readonly string[], read: ReadQuotes): boolean {
  let state: QuoteState = "closed";
  return lines.every((line, i) => {
    state = read(line, state).after;
    return state === (i < lines.length - 1 ? "open" : "closed");
  });
}
