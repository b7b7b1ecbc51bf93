/** Separates the message of a sample's line from the time, host and program before it. */
import { isProgramOf } from "../../domain/program-glob.ts";
import { createHeader } from "../../parse/header/header.ts";
import { readHeader } from "../../parse/header/read-header.ts";

/** Returns the message of a line that has a program, or the whole line. */
export function messageOf(line: string): string {
  const { programStart, programEnd, messageStart } = headerOf(line);
  return programEnd > programStart ? line.slice(messageStart) : line;
}

/** Returns the time, and the host and program if it is one of these, and the rest. */
export function splitMessage(
  line: string,
  programs: readonly string[],
): readonly [head: string, message: string] {
  const { bodyStart, programStart, programEnd, messageStart } = headerOf(line);
  const isHead = isProgramOf(programs, line.slice(programStart, programEnd));
  const at = isHead ? messageStart : bodyStart;
  return [line.slice(0, at), line.slice(at)];
}

function headerOf(line: string): ReturnType<typeof createHeader> {
  const header = createHeader();
  readHeader(`${line}\n`, 0, line.length, header);
  return header;
}
