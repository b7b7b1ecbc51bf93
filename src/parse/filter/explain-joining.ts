/** Explains why the lines of a sample are no record of a filter with `begins`. Pure. */
import type { Problem } from "../../domain/problem.ts";
import type { RecordStart } from "../../domain/record-start.ts";

const MAX_SHOWN = 80;

/** Returns undefined if the lines are one record. `begins`: the pattern of `start` as written. */
export function explainJoining(
  sample: string,
  begins: string,
  start: RecordStart,
): Pick<Problem, "got" | "expected" | "hint"> | undefined {
  const [first = "", ...more] = sample.split("\n");
  const stated = `begins = ${JSON.stringify(begins)}`;
  if (!start.begins(first))
    return {
      got: `${shorten(first)}, which does not begin a record by ${stated}`,
      expected: "the first line of a record",
      hint: "correct begins, or remove it if the service writes each record in one line",
    };
  const other = more.findIndex((line) => start.begins(line));
  if (other < 0) return undefined;
  return {
    got: `${shorten(more[other] ?? "")} in line ${other + 2}, which begins another record by ${stated}`,
    expected: "the lines of one record",
    hint: "make begins narrower, or write a sample for each record",
  };
}

function shorten(line: string): string {
  return JSON.stringify(line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line);
}
