/** Returns the message of a sample's line: without time, host and program. */
import { createHeader } from "../../parse/header/header.ts";
import { readHeader } from "../../parse/header/read-header.ts";

export function messageOf(line: string): string {
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  return header.programEnd > header.programStart ? line.slice(header.messageStart) : line;
}
