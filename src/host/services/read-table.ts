/** A table of /proc in pieces of whole lines, up to a bound, since the kernel makes it while it is read. */
import { closeSync, openSync, readSync } from "node:fs";

const CHUNK = 1 << 16;

/** Nothing when there is no such table, as without IPv6 or when its process has ended. */
export function* readTable(path: string, mostBytes: number): Generator<string> {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest = "";
    for (let total = 0; total < mostBytes; ) {
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
