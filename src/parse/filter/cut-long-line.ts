/** Cuts a line as sources do, for lines that no source has read. Pure. */
import { CUT_MARK, maxLineBytes } from "../../domain/line-batch.ts";

/** Returns a line of at most its maximum length unchanged, a longer one up to its last whole character, with the mark. */
export function cutLongLine(line: string): string {
  const bytes = new TextEncoder().encode(line);
  const most = maxLineBytes(line);
  if (bytes.length <= most) return line;
  // As a stream, the beginning of a character at the end is kept back.
  const head = new TextDecoder().decode(bytes.subarray(0, most), { stream: true });
  return `${head}${CUT_MARK}`;
}
