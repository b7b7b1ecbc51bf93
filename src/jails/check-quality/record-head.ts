/**
 * Completes forged messages of filters with `begins`: a pattern may begin behind the time with which a record begins, and
 * of a message without it no rule would believe anything.
 */
import type { SampleDefinition } from "../../domain/filter-definition.ts";
import type { RecordStart } from "../../domain/record-start.ts";
import { createHeader } from "../../parse/header/header.ts";
import { readHeader } from "../../parse/header/read-header.ts";

/** Returns a message with the time of the first sample before it, if it begins no record without. */
export function withRecordHead(
  message: string,
  begins: RecordStart | undefined,
  samples: readonly SampleDefinition[],
): string {
  const [firstLine = ""] = message.split("\n", 1);
  if (begins === undefined || begins.begins(firstLine)) return message;
  return headOf(samples[0]?.line ?? "") + message;
}

function headOf(line: string): string {
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  return line.slice(0, header.bodyStart);
}
