/** Makes the batch of lines that a sample or a draft gives to a router: read later, and from no file. */
import type { LineBatch } from "../../domain/line-batch.ts";
import type { Filter } from "../filter/compile-filter.ts";
import { statedColumns } from "./w3c-lines.ts";

/** `filters`: the columns that they state hold for the lines of W3C logs, which have no directive. */
export function sampleBatch(lines: readonly string[], filters: readonly Filter[]): LineBatch {
  return {
    text: lines.map((line) => `${line.replaceAll("\n", " ")}\n`).join(""),
    fields: undefined,
    arrival: "backlog",
    cursor: undefined,
    lastBefore: statedColumns(filters),
  };
}
