/** Recognizes lines of the system's own programs, which may be in any log, also in that of one service. */
import { createHeader } from "./header.ts";
import { isOfSystem } from "./program-names.ts";
import { readHeader } from "./read-header.ts";

export function isSystemLine(line: string): boolean {
  const header = createHeader();
  readHeader(line, 0, line.length, header);
  return isOfSystem(line, header);
}
