/** Reads a table of /proc as complete lines, up to a bound. The kernel generates it during the read. */
import { closeSync, openSync, readSync } from "node:fs";

const CHUNK = 1 << 16;

/** Yields no line when the table does not exist: the kernel has no IPv6, or the process has ended. */
export function* readTable(path: string, maxBytes: number): Generator<string> {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest = "";
    for (let total = 0; total < maxBytes; ) {
      const length = readSync(fd, chunk);
      if (length === 0) return;
      total += length;
      const text = rest + chunk.toString("latin1", 0, length);
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      yield text.slice(0, end);
    }
  } finally {
    closeSync(fd);
  }
}
