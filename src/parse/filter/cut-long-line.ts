/** Cuts a line as sources do, for lines that no source has read. Pure. */
import { CUT_MARK, MAX_LINE_BYTES } from "../../domain/line-batch.ts";

/** Returns a line of at most MAX_LINE_BYTES unchanged, a longer one up to its last whole character, with the mark. */
export function cutLongLine(line: string): string {
  const bytes = new TextEncoder().encode(line);
  if (bytes.length <= MAX_LINE_BYTES) return line;
  // As a stream, the beginning of a character at the end is kept back.
  const head = new TextDecoder().decode(bytes.subarray(0, MAX_LINE_BYTES), { stream: true });
  return `${head}${CUT_MARK}`;
}
